// Which version of the product this is, from source and from a build. Knows only package.json.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const packageSchema = z.object({ name: z.string(), version: z.string() })

/** Of the nearest package.json above the module; `0.0.0` where there is none. */
export function findVersion(moduleUrl: string): string {
  let folder = dirname(fileURLToPath(moduleUrl))
  for (;;) {
    const version = readVersion(join(folder, 'package.json'))
    if (version !== null) return version
    const parent = dirname(folder)
    if (parent === folder) return '0.0.0'
    folder = parent
  }
}

function readVersion(path: string): string | null {
  try {
    const parsed = packageSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    return parsed.success && parsed.data.name === 'watchroom' ? parsed.data.version : null
  } catch {
    return null
  }
}
