/**
 * The server cannot start, and its owner can mend it: a taken port, a folder that is not writable, a wrong setting. The
 * message is one line that names the thing and the remedy; it is printed without a stack.
 */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}
