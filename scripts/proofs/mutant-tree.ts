import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runBounded } from '../bounded.mjs'
import { root } from '../checks/source-file.ts'

/** Text that stands exactly once in a file, and what stands there in the mutant. */
export interface Edit {
  /** From the root of the repository. */
  readonly path: string
  readonly find: string
  readonly replace: string
}

export interface TestRun {
  readonly hasPassed: boolean
  /** The full names of the tests that failed, such as `sqlite [S1] …`. */
  readonly failed: readonly string[]
  readonly output: string
}

const COPIED = ['apps/server', 'apps/cli', 'packages', 'tests', 'scripts']
const COPIED_FILES = ['package.json', 'tsconfig.base.json', 'tsconfig.json']

/** A copy of the tree in which mutants live; the real one is never touched. */
export class MutantTree {
  readonly folder = join(root, `.cache/mutants-${process.pid}`)
  readonly #kept = new Map<string, string>()

  constructor() {
    rmSync(this.folder, { recursive: true, force: true })
    mkdirSync(this.folder, { recursive: true })
    for (const name of [...COPIED, ...COPIED_FILES]) {
      const isWanted = (source: string) => !/node_modules|\/dist(\/|$)|\/reports/.test(source.slice(root.length))
      cpSync(join(root, name), join(this.folder, name), { recursive: true, filter: isWanted })
    }
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'))
  }

  /** Errors: when the text does not stand there exactly once, so that no mutant rots. */
  edit({ path, find, replace }: Edit): void {
    const text = this.read(path)
    const count = text.split(find).length - 1
    if (count !== 1) throw new Error(`${path} has ${count} places that read ${JSON.stringify(find)}; it must be one.`)
    this.write(
      path,
      text.replace(find, () => replace),
    )
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8')
  }

  write(path: string, text: string): void {
    if (!this.#kept.has(path)) this.#kept.set(path, this.read(path))
    writeFileSync(join(this.folder, path), text)
  }

  /** As the tree was copied. */
  heal(): void {
    for (const [path, text] of this.#kept) writeFileSync(join(this.folder, path), text)
    this.#kept.clear()
  }

  /** Runs tests of the tree as it is now; whatever they started ends with them. A run that never ends has not passed. */
  async test(words: readonly string[], withinMs: number): Promise<TestRun> {
    const report = join(this.folder, 'report.xml')
    rmSync(report, { force: true })
    const flags = ['--reporter=junit', `--reporter-outfile=${report}`, `--timeout=${withinMs}`]
    const { code, output } = await runBounded(join(root, 'node_modules/.bin/bun'), ['test', ...words, ...flags], {
      cwd: this.folder,
      limitMs: withinMs,
      shown: false,
    })
    return { hasPassed: code === 0, failed: failedIn(report), output }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function failedIn(report: string): string[] {
  let xml = ''
  try {
    xml = readFileSync(report, 'utf8')
  } catch {
    return [] // It was ended before it could say.
  }
  const cases = xml.split('<testcase ').slice(1)
  return cases.flatMap((text) => {
    const [tag = ''] = text.split('>')
    const name = /\bname="([^"]*)"/.exec(tag)?.[1]
    const group = /\bclassname="([^"]*)"/.exec(tag)?.[1]
    if (name === undefined || !/<failure|<error/.test(text)) return []
    return [unescaped(group ? `${group} ${name}` : name)]
  })
}

function unescaped(text: string): string {
  const signs: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&', '#39': "'" }
  return text.replace(/&(lt|gt|quot|apos|amp|#39);/g, (_, name: string) => signs[name] ?? '')
}
