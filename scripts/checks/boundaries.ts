import { posix } from 'node:path'
import { isNode, isTest, listSources, type Node, readSource, type SourceFile, visit } from './source-file.ts'

/**
 * Imports point one way: `web → client → protocol ← server`, and inside the server
 * `main, app → sockets, http, workers → commands, queries, accounts → rules, storage, fanout → protocol`.
 * Tests may reach wherever they need.
 */
export function findCrossings(file: SourceFile): string[] {
  const from = placeOf(file.path)
  const faults: string[] = []
  for (const { specifier, line } of file.imports) {
    const to = target(file.path, specifier)
    const reason = banOnPackages(from, to) ?? banInServer(from, to) ?? banOnPlatform(from, to) ?? banInKit(from, to)
    if (reason) faults.push(`${file.path}:${line}: imports ${specifier}, but ${reason}`)
  }
  visit(file.tree, (node, parent) => {
    const reason = banOnGlobal(from, node, parent) ?? banInRules(from, node)
    if (reason) faults.push(`${file.path}:${file.lineAt(node.start)}: ${reason}`)
  })
  return faults
}

export function checkBoundaries(): string[] {
  return listSources()
    .filter((path) => !isTest(path))
    .flatMap((path) => findCrossings(readSource(path)))
}

/** Where a file of ours lies (`area` is the workspace, `layer` its first folder or root file), or a foreign module. */
type Place = { area: string; layer: string; path: string } | { area: 'module'; layer: string; path: string }

function placeOf(path: string): Place {
  const [, area = '', , ...rest] = path.split('/')
  const [first = ''] = rest
  return { area, layer: rest.length > 1 ? first : first.replace(/\.tsx?$/, ''), path: rest.join('/') }
}

function target(importer: string, specifier: string): Place {
  if (specifier.startsWith('.')) return placeOf(posix.join(posix.dirname(importer), specifier))
  const own = /^@parley\/([a-z]+)/.exec(specifier)
  if (own?.[1]) return { area: own[1], layer: 'index', path: 'index.ts' }
  return { area: 'module', layer: specifier, path: specifier }
}

const mayImport: Record<string, readonly string[]> = {
  protocol: [],
  client: ['protocol'],
  web: ['client', 'protocol'],
  server: ['protocol'],
  cli: ['server', 'client', 'protocol'],
}

function banOnPackages(from: Place, to: Place): string | undefined {
  if (to.area === 'module' || to.area === from.area) return undefined
  if (mayImport[from.area]?.includes(to.area)) return undefined
  if (to.area === '' || !(to.area in mayImport)) return 'code that ships never depends on tests, scripts or benches'
  if (from.area === 'protocol') return 'the protocol is the words that everybody shares: it knows none of its users'
  if (from.area === 'client') return 'the client is an SDK for strangers: it knows the protocol and nothing of any app'
  if (from.area === 'web') return 'the web client speaks to the server over the wire only, as any stranger would'
  return 'the server shares only the protocol with its clients, so that any client can be replaced'
}

const layers = [
  ['main'],
  ['serve'],
  ['serving'],
  ['app'],
  ['doctor', 'erase'],
  ['backup'],
  ['open-state'],
  ['open-snapshot'],
  ['open-database'],
  ['sockets', 'http', 'workers'],
  ['commands', 'queries', 'accounts'],
  ['state'],
  ['rules', 'storage', 'fanout'],
] as const
/** Neighbours of one rank that may be used all the same, because the other never looks back. */
const neighbours = ['commands→accounts', 'queries→accounts', 'storage→rules', 'http→accounts', 'fanout→rules']
const runtimeUsers = ['serve', 'app', 'open-state', 'sockets', 'http', 'storage', 'runtime']

function banInServer(from: Place, to: Place): string | undefined {
  if (from.area !== 'server' || to.area !== 'server' || from.layer === to.layer) return undefined
  if (to.layer === 'runtime') {
    return runtimeUsers.includes(from.layer)
      ? undefined
      : 'only serve, app, open-state, sockets, http and storage touch the runtime, so that a port to another one stays small'
  }
  const fromRank = rankOf(from.layer)
  const toRank = rankOf(to.layer)
  if (toRank === undefined) return undefined // log, metrics, config and the like serve everybody.
  if (fromRank === undefined) return `${from.layer} serves every layer, so it may lean on none of them`
  if (fromRank < toRank || neighbours.includes(`${from.layer}→${to.layer}`)) return undefined
  if (fromRank === toRank) return `${from.layer} and ${to.layer} are neighbours: what they share belongs a layer below`
  return `${to.layer} lies above ${from.layer}: ${layers.map((names) => names.join(', ')).join(' → ')}`
}

function rankOf(layer: string): number | undefined {
  const rank = layers.findIndex((names) => names.some((name) => name === layer))
  return rank === -1 ? undefined : rank
}

const frameworks = /^(preact|react|react-dom|@preact\/|@tanstack\/|@floating-ui\/|vue|svelte|solid-js)/

function banOnPlatform(from: Place, to: Place): string | undefined {
  if (to.area !== 'module') return undefined
  const module = to.path
  if (/^bun(:|$)/.test(module)) return bunBan(from)
  if (module.startsWith('node:') && from.area !== 'server' && from.area !== 'cli') {
    return `${from.area} runs in browsers too, where no Node module exists`
  }
  if (from.area === 'client' && frameworks.test(module)) return 'the SDK must serve every framework, so it uses none'
  if (from.area === 'server' && from.layer === 'rules' && !module.startsWith('@parley/')) {
    return 'rules are pure functions over plain data, readable and testable without anything else'
  }
  if (from.area === 'protocol' && module !== 'zod') return 'the protocol depends on its schema library alone'
  return undefined
}

function bunBan(from: Place): string | undefined {
  if (from.area !== 'server') return `${from.area} does not run on Bun`
  if (from.layer === 'runtime' || from.path.startsWith('storage/sqlite')) return undefined
  return 'only runtime/ and the SQLite driver know Bun, so that a port to Node stays a day of work'
}

function banInKit(from: Place, to: Place): string | undefined {
  if (from.area !== 'web' || from.layer !== 'kit') return undefined
  if (/^gallery/.test(from.path.replace('kit/', ''))) return undefined // a page for development that shows the kit
  const isForeign = to.area !== 'module' && !(to.area === 'web' && to.layer === 'kit')
  return isForeign ? 'the kit knows nothing of chat: hand it what it needs as properties' : undefined
}

const pageGlobals = ['document', 'window', 'localStorage', 'sessionStorage', 'HTMLElement']

function banOnGlobal(from: Place, node: Node, parent: Node | undefined): string | undefined {
  if (node.type !== 'Identifier' || typeof node.name !== 'string' || isPropertyName(node, parent)) return undefined
  if (node.name === 'Bun') {
    const reason = bunBan(from)
    return reason && `uses Bun, but ${reason}`
  }
  if (from.area === 'client' && pageGlobals.includes(node.name)) {
    return `uses ${node.name}, but the SDK must run where there is no page (bots, workers, tests)`
  }
  return undefined
}

function isPropertyName(node: Node, parent: Node | undefined): boolean {
  if (!parent) return false
  const isMember = parent.type === 'MemberExpression' && parent.property === node && parent.computed === false
  return isMember || (parent.key === node && parent.computed === false && parent.shorthand !== true)
}

function banInRules(from: Place, node: Node): string | undefined {
  if (from.area !== 'server' || from.layer !== 'rules') return undefined
  const reason = 'but rules are pure: no clock, no chance, no waiting'
  if (node.async === true || node.type === 'AwaitExpression') return `is asynchronous, ${reason}`
  if (node.type === 'NewExpression' && isNode(node.callee) && node.callee.name === 'Date') {
    return Array.isArray(node.arguments) && node.arguments.length === 0 ? `reads the clock, ${reason}` : undefined
  }
  if (node.type !== 'MemberExpression' || !isNode(node.object) || !isNode(node.property)) return undefined
  const name = `${node.object.name}.${node.property.name}`
  return ['Date.now', 'Math.random', 'performance.now'].includes(name) ? `uses ${name}, ${reason}` : undefined
}
