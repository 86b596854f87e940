import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isNode, type Node, parseSource, root, visit } from './checks/source-file.ts'
import { MutantTree } from './proofs/mutant-tree.ts'

/** A change to one place of a source that some test must notice. */
export interface Mutant {
  /** From the root of the repository. */
  readonly path: string
  readonly line: number
  readonly start: number
  readonly end: number
  readonly before: string
  readonly after: string
}

export interface Verdict {
  readonly mutant: Mutant
  /** What noticed it: the rules' own tests, the matrix, or nothing. */
  readonly killedBy: 'unit tests' | 'matrix' | undefined
}

const RULES = 'apps/server/src/rules'
const UNIT_MS = 30_000
const MATRIX_MS = 180_000

/** Every mutant of the rules: operators turned, conditions forced, constants moved, elements of tables left out. */
export function mutantsOfRules(): Mutant[] {
  const files = readdirSync(join(root, RULES)).filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
  return files.sort().flatMap((name) => mutantsOf(`${RULES}/${name}`))
}

function mutantsOf(path: string): Mutant[] {
  const text = readFileSync(join(root, path), 'utf8')
  const source = parseSource(path, text)
  const mutants: Mutant[] = []
  const put = (start: number, end: number, after: string) => {
    mutants.push({ path, line: source.lineAt(start), start, end, before: text.slice(start, end), after })
  }
  visit(source.tree, (node, parent) => {
    for (const [start, end, after] of changesOf(node, parent, text)) put(start, end, after)
  })
  return mutants
}

type Change = readonly [start: number, end: number, after: string]

const TURNED: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<'],
  '>': ['>=', '<='],
  '>=': ['>'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
}

function changesOf(node: Node, parent: Node | undefined, text: string): Change[] {
  // Types do not run.
  if (node.type.startsWith('TS') || parent?.type.startsWith('TSLiteral')) return []
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return turned(node, text)
    case 'IfStatement':
    case 'ConditionalExpression': {
      const { test } = node
      return isNode(test) ? ['true', 'false'].map((forced) => [test.start, test.end, forced] as const) : []
    }
    case 'UnaryExpression':
      return node.operator === '!' ? [[node.start, node.start + 1, '']] : []
    case 'Literal':
      return literal(node, parent)
    case 'ArrayExpression':
      return shortened(node, text)
    default:
      return []
  }
}

function turned(node: Node, text: string): Change[] {
  const { left, right, operator } = node
  if (!isNode(left) || !isNode(right) || typeof operator !== 'string') return []
  const at = text.indexOf(operator, left.end)
  return at === -1 || at >= right.start
    ? []
    : (TURNED[operator] ?? []).map((other) => [at, at + operator.length, other] as const)
}

function literal({ value, start, end }: Node, parent: Node | undefined): Change[] {
  if (typeof value === 'boolean') return parent?.type === 'TSLiteralType' ? [] : [[start, end, String(!value)]]
  return typeof value === 'number' ? [[start, end, String(value + 1)]] : []
}

/** Lists of words are tables of rules: each without each of its elements. */
function shortened({ elements }: Node, text: string): Change[] {
  if (!Array.isArray(elements) || elements.length === 0) return []
  const nodes = elements.filter(isNode)
  const areWords = nodes.every((element) => element.type === 'Literal' && typeof element.value === 'string')
  if (!areWords || nodes.length > LONGEST_TABLE) return []
  return nodes.map((element) => {
    const comma = /^\s*,\s*/.exec(text.slice(element.end))?.[0].length ?? 0
    return [element.start, element.end + comma, ''] as const
  })
}

/** Longer lists are data, such as the letters that look alike, of which a test samples some. */
const LONGEST_TABLE = 12

/** Judges mutants in a copy of the tree. */
export function openMutantTree(): { judge(mutant: Mutant): Promise<Verdict>; close(): void } {
  const tree = new MutantTree()
  // A mutant that never ends is noticed as well.
  const fails = async (what: readonly string[], withinMs: number) =>
    !(await tree.test(['--bail', ...what], withinMs)).hasPassed
  return {
    async judge(mutant) {
      const text = tree.read(mutant.path)
      tree.write(mutant.path, text.slice(0, mutant.start) + mutant.after + text.slice(mutant.end))
      try {
        // Its own tests first, because they are quick; what they miss, the others' may notice.
        const own = mutant.path.replace('.ts', '.test.ts')
        for (const tests of existsSync(join(tree.folder, own)) ? [own, RULES] : [RULES]) {
          if (await fails([`./${tests}`], UNIT_MS)) return { mutant, killedBy: 'unit tests' }
        }
        if (!mutant.path.endsWith('/permissions.ts')) return { mutant, killedBy: undefined }
        const matrix = ['./tests/permissions/matrix.test.ts', '-t', 'sqlite']
        return { mutant, killedBy: (await fails(matrix, MATRIX_MS)) ? 'matrix' : undefined }
      } finally {
        tree.heal()
      }
    },
    close: () => tree.close(),
  }
}
