import { closeSync, existsSync, fdatasyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding, failing, ok, warning } from '../finding.ts'

const MB = 1024 * 1024
/** With less, posts are refused: see `/readyz`. */
const LEAST_BYTES = 64 * MB
const FEW_BYTES = 1024 * MB
const FEW_INODES = 10_000
const WRITES = 100
const BYTES = 4_096
const SLOW_MS = 50
/** No disk has done it that quickly: it was only noted down. */
const INCREDIBLE_MS = 0.01

/** Room on the disk that holds a folder. */
export function examineDisk(dataFolder: string): Finding[] {
  const { bavail, bsize, files, ffree } = statfsSync(dataFolder)
  const free = bavail * bsize
  const says = `${Math.floor(free / MB).toLocaleString('en')} MB free for ${dataFolder}`
  const remedy =
    'Free some space, or give the folder a bigger disk: when it is full, posts are refused until there is room.'
  const findings = [
    free < LEAST_BYTES
      ? failing('disk', says, remedy)
      : free < FEW_BYTES
        ? warning('disk', says, remedy)
        : ok('disk', says),
  ]
  // Some file systems make inodes as they go and say 0.
  if (files > 0 && ffree < FEW_INODES)
    findings.push(
      warning(
        'disk',
        `${ffree.toLocaleString('en')} inodes free for ${dataFolder}`,
        'Remove small files there, or make the file system anew with more inodes.',
      ),
    )
  return findings
}

/** How long the disk takes to keep what it is given: that is what a reply waits for. */
export function examineSync(dataFolder: string): Finding[] {
  const path = join(dataFolder, `doctor-${process.pid}.tmp`)
  const file = openSync(path, 'w', 0o600)
  const took: number[] = []
  try {
    const bytes = new Uint8Array(BYTES)
    for (let count = 0; count < WRITES; count++) {
      const began = performance.now()
      writeSync(file, bytes)
      fdatasyncSync(file)
      took.push(performance.now() - began)
    }
  } finally {
    closeSync(file)
    rmSync(path, { force: true })
  }
  took.sort((a, b) => a - b)
  const [p50 = 0, p99 = 0] = [took[WRITES / 2], took[WRITES - 1 - WRITES / 100]]
  const says = `${WRITES} small writes, each synced: ${p50.toFixed(2)} ms at p50, ${p99.toFixed(2)} ms at p99`
  if (p50 < INCREDIBLE_MS)
    return [
      warning(
        'sync',
        `${says}, which is quicker than any disk`,
        'What is written there lies in memory only, or the disk says that it keeps what it does not: choose another for PARLEY_DATA.',
      ),
    ]
  if (p99 > SLOW_MS)
    return [
      warning(
        'sync',
        says,
        'Every batch of posts waits for such a sync: give the data folder a quicker disk, or find out what else keeps this one busy.',
      ),
    ]
  return [ok('sync', says)]
}

/** Who may read what: messages and secrets are the owner's alone. */
export function examineModes(dataFolder: string): Finding[] {
  const open: string[] = []
  const look = (path: string) => {
    if (!existsSync(path)) return
    const mode = statSync(path).mode & 0o777
    if ((mode & 0o077) !== 0) open.push(`${path} has mode ${mode.toString(8).padStart(4, '0')}`)
  }
  look(dataFolder)
  for (const name of FILES) look(join(dataFolder, name))
  if (open.length === 0) return [ok('files', `what is in ${dataFolder} is its owner's alone`)]
  const isOnlyFolder = open.length === 1 && open[0]?.startsWith(`${dataFolder} `)
  const remedy = `Say: chmod -R go= ${dataFolder}`
  const says = open.join('; ')
  return [{ ...(isOnlyFolder ? warning('files', says, remedy) : failing('files', says, remedy)), named: open }]
}

const FILES = ['secret', 'parley.db', 'parley.db-wal', 'parley.db-shm', 'erased.jsonl', 'moved-to.json', 'control.sock']
