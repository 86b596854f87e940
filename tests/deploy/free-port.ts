/** A port of 127.0.0.1 that nobody listens on at this moment. */
export function freePort(): number {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
  const { port } = server
  void server.stop(true)
  if (port === undefined) throw new Error('The system gave no port.')
  return port
}
