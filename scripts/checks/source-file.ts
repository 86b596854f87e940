import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseSync } from 'vite'

export const root = resolve(import.meta.dirname, '../..')

/** A node of the syntax tree, as much of it as the checks look at. */
export type Node = { type: string; start: number; end: number; [key: string]: unknown }
export type Import = { specifier: string; line: number }
export type SourceFile = {
  path: string // from the root of the repository, with forward slashes
  tree: Node
  comments: readonly { value: string; start: number; end: number }[]
  imports: readonly Import[]
  lineAt: (offset: number) => number
}

export function isTest(path: string): boolean {
  return /\.(test|contract|spec)\.tsx?$/.test(path)
}

/** Every TypeScript file of the packages and apps, declarations aside. */
export function listSources(): string[] {
  return ['packages', 'apps'].flatMap((area) => foldersIn(area).flatMap((name) => filesUnder(join(area, name, 'src'))))
}

export function readSource(path: string): SourceFile {
  return parseSource(path, readFileSync(join(root, path), 'utf8'))
}

export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text)
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`)
  const lineAt = lineFinder(text)
  const tree = program as unknown as Node // The parser's union of 200 node types says nothing that the checks need.
  const imports: Import[] = []
  visit(tree, (node) => {
    const source = importedFrom(node)
    if (source !== undefined) imports.push({ specifier: source, line: lineAt(node.start) })
  })
  return { path, tree, comments, imports, lineAt }
}

export function visit(node: Node, look: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  look(node, parent)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, look, node)
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function importedFrom(node: Node): string | undefined {
  const isImport = /^(Import(Declaration|Expression)|Export(All|Named)Declaration|TSImportType)$/.test(node.type)
  if (!isImport || !isNode(node.source)) return undefined
  const { value } = node.source
  return typeof value === 'string' ? value : undefined
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? Number.POSITIVE_INFINITY) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}

function foldersIn(area: string): string[] {
  return readdirSync(join(root, area), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

function filesUnder(folder: string): string[] {
  let entries: string[]
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  } catch {
    return [] // A workspace without sources yet has nothing to check.
  }
  return entries
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => relative(root, join(root, folder, name)).replaceAll('\\', '/'))
    .sort()
}
