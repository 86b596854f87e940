// Zod schemas of everything on the wire: for the server's edge, tests and the generated document.
export { commands } from './commands.ts'
export * as entities from './entities.ts'
export { events, roomEvents, userEvents } from './events.ts'
export { clientFrame, serverFrame } from './frames.ts'
export { place } from './places.ts'
export { queries } from './queries.ts'
export { clientSignals, signals } from './signals.ts'
