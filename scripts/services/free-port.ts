import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below what Linux and macOS give away by themselves: a connection that anybody makes meanwhile cannot get the port.
const [lowest, beyond] = [10_240, 32_768]
const attempts = 50

/** A port of 127.0.0.1 that nobody listens on at this moment, for a server that must know its address before it runs. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(lowest, beyond)
    if (await isFree(port)) return port
  }
  throw new Error(`Of ${attempts} ports between ${lowest} and ${beyond}, none was free.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
