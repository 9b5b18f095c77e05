// What is installed is what was chosen: pinned, without addresses, justified in docs/dependencies.md, and under known licences.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8')

const manifest = z
  .object({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')))
const lockedSchema = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
  devOptional: z.boolean().optional(),
})
const locked = z.object({ packages: z.record(z.string(), lockedSchema) }).parse(JSON.parse(read('package-lock.json')))
const packages = Object.entries(locked.packages).filter(([path]) => path !== '')

const allowedLicences = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0']
/** Never imported, see docs/dependencies.md. The second (BSD) states its licence in another field. */
const exceptions = ['node_modules/ffmpeg-static', 'node_modules/parse-cache-control']

describe('dependencies', () => {
  test('are pinned exactly', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
    for (const [name, version] of versions) expect(locked.packages[`node_modules/${name}`]?.version, name).toBe(version)
  })

  test('come from where npm is told to look, and are checked', () => {
    expect(packages.filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
    expect(packages.filter(([, entry]) => entry.integrity === undefined)).toEqual([])
  })

  test('are each justified, with their licence', () => {
    const rows = [...read('docs/dependencies.md').matchAll(/^\| (\S+) \| (\S+) \| \S.* \|$/gm)]
    const listed = rows.map(([, name, licence]) => [name, licence]).filter(([name]) => name !== '---')
    const names = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)]
    const wanted = names.map((name) => [name, locked.packages[`node_modules/${name}`]?.license])
    expect(listed.filter(([name]) => name !== 'package').sort()).toEqual(wanted.sort())
  })

  test('that ship have a licence of the list', () => {
    const shipped = packages.filter(([path, entry]) => !entry.dev && !entry.devOptional && !exceptions.includes(path))
    expect(shipped.filter(([, entry]) => !allowedLicences.includes(entry.license ?? '')).map(([path]) => path)).toEqual(
      [],
    )
  })
})
