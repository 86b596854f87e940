/** The program cannot start, and the person who started it can do something about it: printed as one line, exit 1. */
export class StartError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StartError'
  }
}
