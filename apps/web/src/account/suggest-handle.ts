import { LIMITS } from '@parley/protocol'

/** "Zoë Müller" → "zoe-muller": what the server would take, as far as it can be told from the name. */
export function suggestHandle(name: string): string {
  return (
    name
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/['’‘ʼ`´]/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}.]+/gu, '-')
      .slice(0, LIMITS.handleLength)
      // pattern: it is given 32 characters at most
      .replace(/^[-.]+|[-.]+$/g, '')
  )
}

/** People copy it with the sign that marks it in the client. */
export function typedHandle(text: string): string {
  return text.trim().replace(/^@/, '')
}
