import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TestServer } from './harness.ts'

/**
 * Lets no file of the server grow beyond what its largest has now plus `spareBytes`, as if the disk were full. The kernel
 * enforces it, so that the server meets a real failed write. Returns how to free the space again.
 */
export function fillDisk(server: TestServer, spareBytes: number): () => void {
  const sizes = readdirSync(server.dataFolder).map((name) => statSync(join(server.dataFolder, name)).size)
  limit(server, String(Math.max(...sizes) + spareBytes))
  return () => limit(server, 'unlimited')
}

function limit({ pid }: TestServer, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
}
