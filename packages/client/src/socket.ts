/** As much of a WebSocket as the client uses; the simulation's wire is another. */
export interface SocketLike {
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
}

export interface SocketOptions {
  /** Only outside browsers; there the session cookie signs in. */
  readonly headers: Readonly<Record<string, string>>
}

export type OpenSocket = (url: string, options: SocketOptions) => SocketLike

export const openWebSocket: OpenSocket = (url, { headers }) => {
  const hasHeaders = Object.keys(headers).length > 0
  // as: browsers' types know no second argument of this shape; it is Bun's, and only given where a token is.
  const socket = hasHeaders ? new WebSocket(url, { headers } as unknown as string[]) : new WebSocket(url)
  return socket as unknown as SocketLike // as: the handlers' event types are wider than what is declared here
}
