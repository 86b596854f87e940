import type { SeededRandom } from '../support/seeded-random.ts'
import { FileImage } from './file-image.ts'
import type { Deed } from './journal.ts'

/**
 * What of the unsynced survives: nothing; everything, as after `kill -9`; what was written first, the last of it torn; or any
 * sectors, in no order, as a disk with a cache of its own leaves them.
 */
export type Survival = 'nothing' | 'everything' | 'beginning' | { readonly sectorBytes: 512 | 4096 }

/** Files by their path in the folder. */
export type Files = ReadonlyMap<string, Uint8Array>

type Change = Extract<Deed, { kind: 'write' | 'truncate' }>
type Naming = (names: Map<string, Inode>) => void

/** A file, whatever it is called: what is on the disk for certain, and what was done since. */
interface Inode {
  readonly image: FileImage
  /** Changes that no sync has covered yet. */
  pending: Change[]
  /** How many changes were made in all, and how many of them are in `image`. */
  made: number
  kept: number
}

/**
 * A disk that keeps what it promised and nothing else. A file's contents are kept by a sync of the file that began after they
 * were written and has ended; its name by a sync of the folder. (POSIX promises no more.)
 */
export class Disk {
  /** As the process sees it. */
  readonly #names = new Map<string, Inode>()
  /** As it is kept. */
  readonly #keptNames = new Map<string, Inode>()
  #pendingNames: Naming[] = []
  #namesMade = 0
  /** Syncs under way: how much they cover. */
  readonly #syncs = new Map<number, { readonly inode: Inode | undefined; readonly covers: number }>()

  /** `files` are on it for certain. */
  constructor(files: Files = new Map()) {
    for (const [path, bytes] of files) {
      const inode = { image: new FileImage(bytes), pending: [], made: 0, kept: 0 }
      this.#names.set(path, inode)
      this.#keptNames.set(path, inode)
    }
  }

  does(deed: Deed): void {
    switch (deed.kind) {
      case 'write':
      case 'truncate': {
        const inode = this.#inode(deed.path)
        inode.pending.push(deed)
        inode.made += 1
        return
      }
      case 'create':
        this.#inode(deed.path)
        return
      case 'link':
      case 'rename': {
        const inode = this.#inode(deed.path)
        this.#name((names) => {
          names.set(deed.to, inode)
          if (deed.kind === 'rename') names.delete(deed.path)
        })
        return
      }
      case 'unlink':
        this.#name((names) => names.delete(deed.path))
        return
      case 'sync-begins': {
        const inode = deed.path === '.' ? undefined : this.#inode(deed.path)
        this.#syncs.set(deed.sync, { inode, covers: inode ? inode.made : this.#namesMade })
        return
      }
      case 'sync-ends':
        this.#keep(deed.sync)
    }
  }

  /** What the process saw at the end: every change is in it. */
  seen(): Files {
    return new Map([...this.#names].map(([path, inode]) => [path, withChanges(inode, inode.pending).bytes]))
  }

  /** How many bytes were written and could still be lost. */
  get unkept(): number {
    let bytes = 0
    for (const { pending } of this.#names.values())
      for (const change of pending) if (change.kind === 'write') bytes += change.data.length
    return bytes
  }

  /** What is left when the power goes now. */
  cut(survival: Survival, random: SeededRandom): Files {
    const names = new Map(this.#keptNames)
    const namings =
      survival === 'nothing' ? 0 : survival === 'everything' ? Infinity : random.between(0, this.#pendingNames.length)
    for (const naming of this.#pendingNames.slice(0, namings)) naming(names)
    const left = new Map<Inode, Uint8Array>()
    return new Map(
      [...names].map(([path, inode]) => {
        const bytes = left.get(inode) ?? surviving(inode, survival, random)
        left.set(inode, bytes)
        return [path, bytes]
      }),
    )
  }

  #inode(path: string): Inode {
    const known = this.#names.get(path)
    if (known) return known
    const fresh = { image: new FileImage(), pending: [], made: 0, kept: 0 }
    this.#name((names) => names.set(path, fresh))
    return fresh
  }

  #name(naming: Naming): void {
    naming(this.#names)
    this.#pendingNames.push(naming)
    this.#namesMade += 1
  }

  #keep(sync: number): void {
    const ended = this.#syncs.get(sync)
    if (!ended) throw new Error(`Sync ${sync} ended without having begun.`)
    this.#syncs.delete(sync)
    const { inode, covers } = ended
    if (!inode) {
      const already = this.#namesMade - this.#pendingNames.length
      for (const naming of this.#pendingNames.splice(0, Math.max(0, covers - already))) naming(this.#keptNames)
      return
    }
    // Another sync that began later may have ended first.
    const count = Math.max(0, covers - inode.kept)
    for (const change of inode.pending.slice(0, count)) apply(inode.image, change)
    inode.pending = inode.pending.slice(count)
    inode.kept += count
  }
}

function apply(image: FileImage, change: Change): void {
  if (change.kind === 'write') image.write(change.offset, change.data)
  else image.truncate(change.size)
}

function withChanges({ image }: Inode, changes: readonly Change[]): FileImage {
  const copy = new FileImage(image.bytes)
  for (const change of changes) apply(copy, change)
  return copy
}

function surviving(inode: Inode, survival: Survival, random: SeededRandom): Uint8Array {
  const { pending } = inode
  if (survival === 'nothing') return inode.image.bytes.slice()
  if (survival === 'everything') return withChanges(inode, pending).bytes
  if (survival === 'beginning') {
    const count = random.between(0, pending.length)
    const torn = pending[count]
    const rest = torn?.kind === 'write' ? [firstPart(torn, random)] : []
    return withChanges(inode, [...pending.slice(0, count), ...rest]).bytes
  }
  return withSectors(inode, survival.sectorBytes, random)
}

/** Cut at the end of a sector. */
function firstPart(write: Extract<Change, { kind: 'write' }>, random: SeededRandom): Change {
  const end = Math.floor((write.offset + random.between(0, write.data.length)) / 512) * 512
  return { ...write, data: write.data.subarray(0, Math.max(0, end - write.offset)) }
}

/** Each sector is either as it was or as it is now, by chance; so is the length. */
function withSectors(inode: Inode, sectorBytes: number, random: SeededRandom): Uint8Array {
  const before = inode.image
  const after = withChanges(inode, inode.pending)
  const chance = random.next()
  const touched = new Set<number>()
  for (const change of inode.pending) {
    if (change.kind !== 'write' || change.data.length === 0) continue
    const last = Math.floor((change.offset + change.data.length - 1) / sectorBytes)
    for (let sector = Math.floor(change.offset / sectorBytes); sector <= last; sector++) touched.add(sector)
  }
  const left = new FileImage(before.bytes)
  for (const sector of touched) {
    if (!random.chance(chance)) continue
    const start = sector * sectorBytes
    const bytes = after.bytes.subarray(start, start + sectorBytes)
    if (bytes.length > 0) left.write(start, bytes)
  }
  const isCutShort = inode.pending.some(({ kind }) => kind === 'truncate') && random.chance(0.5)
  if (isCutShort) left.truncate(Math.min(left.size, after.size))
  return left.bytes
}
