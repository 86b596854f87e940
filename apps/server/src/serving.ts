import { type App, type AppOptions, startApp } from './app.ts'
import { beginNotes, dropNotes, endNotes } from './backup/move-notes.ts'
import { callServer } from './control/control-client.ts'
import { type Ask, type ControlServer, openControl } from './control/control-server.ts'
import { openDatabase } from './open-database.ts'
import type { Database } from './storage/database.ts'
import { Gate } from './storage/gate.ts'
import { isMoved, type MovedTo, writeMovedTo } from './storage/moved-to.ts'

interface Running {
  readonly app: App
  readonly db: Database
  readonly gate: Gate
}

/**
 * The app over its whole life in this process, and what the command line may ask of it: the database may be moved to
 * PostgreSQL under its feet, and it goes on there, on the same port. (SPEC K5, K7)
 */
export class Serving {
  readonly #options: AppOptions
  readonly #giveUp: (error: unknown) => void
  #running: Running
  #control: ControlServer | undefined
  #change: Promise<void> = Promise.resolve()
  /** The end of whoever had the gate shut. Nobody else opens it, and once everything goes over, nobody does. */
  #shutFor: Promise<void> | undefined

  /** `giveUp`: it went over to the other database and could not go on there. Errors: `StartError`. */
  static async begin(options: AppOptions, giveUp: (error: unknown) => void): Promise<Serving> {
    const serving = new Serving(options, giveUp, await start(options))
    await serving.#listen()
    return serving
  }

  private constructor(options: AppOptions, giveUp: (error: unknown) => void, running: Running) {
    this.#options = options
    this.#giveUp = giveUp
    this.#running = running
  }

  get app(): App {
    return this.#running.app
  }

  async stop(): Promise<void> {
    await this.#change.catch(() => undefined)
    await this.#control?.close()
    await this.#running.app.stop()
  }

  async #listen(): Promise<void> {
    const { config, log } = this.#options
    try {
      // Of several instances on PostgreSQL with one data folder, the first listens.
      const other = this.#running.db.dialect === 'postgres' ? await callServer(config.dataFolder) : undefined
      other?.close()
      if (!other) this.#control = await openControl(config.dataFolder, (ask, ended) => this.#answer(ask, ended))
    } catch (err) {
      log.warn({ err }, 'The command line cannot reach this server: its control socket could not be made.')
    }
  }

  async #answer({ ask, ...more }: Ask, ended: Promise<void>): Promise<unknown> {
    const { db, gate } = this.#running
    if (ask === 'status') return { pid: process.pid, port: this.app.port, database: db.dialect }
    if (ask === 'scrub') return db.scrub()
    if (ask === 'probe-expect') return this.app.seen.expect(String(more.probe))
    if (ask === 'probe-seen') return this.app.seen.take(String(more.probe)) ?? null
    if (db.dialect !== 'sqlite') throw new Error('This server keeps its data in PostgreSQL already.')
    switch (ask) {
      case 'move-begin':
        return beginNotes(db)
      case 'move-abandon':
        return dropNotes(db)
      case 'move-shut':
        if (gate.isShut) throw new Error('Somebody else is moving it.')
        this.#shutFor = ended
        // Whoever asked may be killed: then everybody goes on here.
        void ended.then(() => this.#reopen(ended))
        return gate.shut()
      case 'move-open':
        return this.#reopen(ended)
      case 'move-finish': {
        const { url, moveId, at } = more
        if (typeof url !== 'string' || typeof moveId !== 'string' || typeof at !== 'number')
          throw new Error('Where to?')
        if (this.#shutFor !== ended) throw new Error('The last changes were not followed.')
        this.#shutFor = undefined
        this.#change = this.#goOver({ url, moveId, at })
        return this.#change
      }
      default:
        throw new Error(`This server does not know "${ask}": it is of another version.`)
    }
  }

  #reopen(ended: Promise<void>): void {
    if (this.#shutFor !== ended) return
    this.#shutFor = undefined
    this.#running.gate.open()
  }

  // The file that says where the data is now is the one thing that decides: before it everything goes on here, after it there.
  // Until it is known whether it is there, nothing is written: what were acknowledged here would be missing there.
  async #goOver(moved: MovedTo): Promise<void> {
    const { config, log } = this.#options
    const { app, db, gate } = this.#running
    try {
      await writeMovedTo(config.dataFolder, moved)
    } catch (error) {
      if (isMoved(config.dataFolder)) this.#giveUp(error)
      else gate.open()
      throw error
    }
    log.info('Going over to PostgreSQL: everybody reconnects in a moment')
    try {
      await endNotes(db, moved.at)
      await app.stop()
      this.#running = await start({ ...this.#options, config: { ...config, port: app.port } })
      log.info({ port: app.port }, 'Going on with PostgreSQL')
    } catch (error) {
      this.#giveUp(error)
      throw error
    }
  }
}

async function start(options: AppOptions): Promise<Running> {
  const db = await openDatabase(options.config)
  const gate = new Gate(db)
  try {
    return { app: await startApp({ ...options, db: gate.database }), db, gate }
  } catch (error) {
    await db.close().catch(() => undefined) // Perhaps it was closed on the way.
    throw error
  }
}
