import { readFileSync } from 'node:fs'
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter'

const MOST_LINES = 80

/** Says, under each journey that fails, what stood in the page: where tests run for everybody, no file is kept. */
// biome-ignore lint/style/noDefaultExport: Playwright loads a reporter by its default export.
export default class PageReporter implements Reporter {
  onTestEnd(test: TestCase, { status, attachments }: TestResult): void {
    if (status === test.expectedStatus || status === 'skipped') return
    const path = attachments.find(({ name }) => name === 'error-context')?.path
    const page = path === undefined ? '' : pagesIn(readFileSync(path, 'utf8'))
    if (page !== '') console.log(indented(page))
  }
}

/** The parts of Playwright's own account that show a page; its error and the code come in the list of failures. */
function pagesIn(account: string): string {
  return [...account.matchAll(/^```yaml\n([\s\S]*?)\n```$/gm)].map(([, page]) => page).join('\n')
}

function indented(page: string): string {
  const lines = page.split('\n')
  const left = lines.length - MOST_LINES
  const shown = left > 0 ? [...lines.slice(0, MOST_LINES), `… and ${left} lines more`] : lines
  return ['The page when it failed:', ...shown].map((line) => `    ${line}`).join('\n')
}
