// Runs contenders against each other in shuffled, interleaved rounds after a warm-up, and insists that their results are equal.
import { shuffle } from './statistics.ts'
import type { Measurement } from './statistics.ts'

export interface Contender {
  name: string
  run(): Promise<Measurement>
  /** What the run made, as text that must be the same in every round and for every contender; removes it. */
  collect(): Promise<string>
}

/** Measurements by contender, in the order of the rounds. Throws when a result differs. */
export async function runRounds(
  contenders: readonly Contender[],
  options: { rounds: number; random: () => number; onProgress: (text: string) => void },
): Promise<Map<string, Measurement[]>> {
  const measured = new Map(contenders.map((contender) => [contender.name, [] as Measurement[]]))
  let expected: string | null = null
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const contender of shuffle(contenders, options.random)) {
      options.onProgress(round === 0 ? `warm-up: ${contender.name}` : `round ${round}: ${contender.name}`)
      const measurement = await contender.run()
      const result = await contender.collect()
      expected ??= result
      if (result !== expected) throw new Error(`${contender.name} made ${result} where ${expected} was made before`)
      if (round > 0) measured.get(contender.name)?.push(measurement)
    }
  }
  return measured
}
