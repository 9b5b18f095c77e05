// Cuts chunks of a child's output into lines. Knows nothing of what the lines mean.

/** A longer line is cut off: what a hostile file writes into its metadata must not fill the memory. */
const longestLine = 16_384

export interface LineSplitter {
  push(chunk: Buffer): void
  /** Hands over a last line that had no line end. */
  end(): void
}

export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new TextDecoder()
  let rest = ''

  function take(text: string): void {
    const lines = (rest + text).split(/\r\n|\n|\r/)
    rest = (lines.pop() ?? '').slice(0, longestLine)
    for (const line of lines) onLine(line.slice(0, longestLine))
  }

  return {
    push: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end() {
      take(decoder.decode())
      if (rest !== '') onLine(rest)
      rest = ''
    },
  }
}
