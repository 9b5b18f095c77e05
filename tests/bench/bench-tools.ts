// What every bench of downloads works with.
import type { ChildTask } from './fetch-child.ts'
import type { Nginx } from './start-nginx.ts'

export interface BenchTools {
  folder: string
  nginx: Nginx
  /** Absolute paths; null: not installed. */
  programs: Record<'curl' | 'aria2c' | 'sha256sum' | 'ffmpeg', string | null>
  /** Our side, built. */
  child: string
  rounds: number
  /** In [0, 1). */
  random(): number
  onProgress(text: string): void
  makeTask(kind: ChildTask['kind'], url: string, file: string): ChildTask
}
