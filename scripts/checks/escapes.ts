import { isNode, isTest, listSources, type Node, readSource, type SourceFile, visit } from './source-file.ts'

/**
 * Every escape from the type checker in code that ships (`as X`, `x!`, `any`, a switched-off rule) says why: in a
 * comment on its own line or on the line above.
 */
export function findEscapes(file: SourceFile): string[] {
  const explained = new Set<number>()
  for (const comment of file.comments) {
    if (isDirective(comment.value)) continue
    explained
      .add(file.lineAt(comment.start))
      .add(file.lineAt(comment.end))
      .add(file.lineAt(comment.end) + 1)
  }
  const faults = unexplainedDirectives(file)
  for (const comment of file.comments) {
    // A switched-off rule that carries its reason explains the line that it switches the rule off for.
    if (isDirective(comment.value) && hasReason(comment.value)) explained.add(file.lineAt(comment.end) + 1)
  }
  visit(file.tree, (node) => {
    const found = escapeIn(node)
    if (found === undefined) return
    const lines = [file.lineAt(node.start), file.lineAt(node.end)]
    if (!lines.some((line) => explained.has(line))) faults.push(`${file.path}:${lines[1]}: ${found}`)
  })
  return faults
}

export function checkEscapes(): string[] {
  return listSources()
    .filter((path) => !isTest(path))
    .flatMap((path) => findEscapes(readSource(path)))
}

function escapeIn(node: Node): string | undefined {
  switch (node.type) {
    case 'TSAsExpression':
      return isConstAssertion(node) ? undefined : '`as` without a reason on its line or the line above'
    case 'TSTypeAssertion':
      return '`<T>x` without a reason on its line or the line above'
    case 'TSNonNullExpression':
      return '`!` without a reason on its line or the line above'
    case 'TSAnyKeyword':
      return '`any` without a reason on its line or the line above'
    default:
      return undefined
  }
}

function isConstAssertion(node: Node): boolean {
  const type = node.typeAnnotation
  return isNode(type) && isNode(type.typeName) && type.typeName.name === 'const'
}

function unexplainedDirectives(file: SourceFile): string[] {
  return file.comments
    .filter((comment) => isDirective(comment.value) && !hasReason(comment.value))
    .map((comment) => `${file.path}:${file.lineAt(comment.start)}: a rule is switched off without a reason`)
}

function isDirective(comment: string): boolean {
  return /^[\s*]*(biome-ignore|@ts-(ignore|expect-error|nocheck))/.test(comment)
}

function hasReason(comment: string): boolean {
  const reason = /biome-ignore/.test(comment)
    ? comment.split(':').slice(1).join(':')
    : comment.replace(/@ts-[a-z-]+/, '')
  return /\p{L}{2,}.*\p{L}{2,}/su.test(reason) && !/^\s*<explanation>/.test(reason)
}
