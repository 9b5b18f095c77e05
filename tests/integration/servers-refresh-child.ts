// A second program on the same saved servers: waits for a line on stdin, makes many calls at once, prints how many went
// well. Arguments: folder, server id, count.
import { once } from 'node:events'
import { createPassphraseSecrets } from '#core/storage/index.ts'
import { calm, openBench } from './open-bench.ts'

const [folder = '', serverId = '', count = '0'] = process.argv.slice(2)
const bench = openBench({
  folder,
  secrets: (database) => createPassphraseSecrets({ database, passphrase: 'of the test' }),
})
const server = bench.servers.open(serverId)
// Unlocks before the start: the key takes longer to make than a refresh.
await bench.secrets.get('nothing')
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const outcomes = await Promise.allSettled(Array.from({ length: Number(count) }, () => server.account(calm())))
process.stdout.write(`${outcomes.filter(({ status }) => status === 'fulfilled').length}\n`)
await bench.close()
process.stdin.destroy()
