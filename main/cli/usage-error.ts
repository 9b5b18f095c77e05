// A wrong call of the program: one line that says what is wrong. Knows no exit.

/** `command`: whose help is named, like `watchroom export`. */
export class UsageError extends Error {
  readonly command: string | null

  constructor(message: string, command: string | null = null) {
    super(message)
    this.name = 'UsageError'
    this.command = command
  }
}
