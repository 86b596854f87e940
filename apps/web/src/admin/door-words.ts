import type { Settings } from '@parley/protocol'

/** Who may come in at present, in plain words. */
export function doorWords({ signUp, guests, emailDomains }: Settings): readonly string[] {
  const words: string[] = []
  if (guests && signUp === 'open') {
    words.push(
      'Guests and open sign-up are on: everybody who reaches this address can come in with a name or an account.',
    )
    words.push(
      'That makes the first minute easy. To change it, choose “By invitation” or switch guests off below, and save.',
    )
    return emailDomains.length === 0 ? words : [...words, domainWords(emailDomains)]
  }
  if (signUp === 'invitation') words.push('New people need an invitation link. Make one below.')
  else words.push(guests ? 'Guests may enter by a name alone.' : 'Guests are not let in.')
  if (signUp === 'invitation' && !guests) words.push('With it they create an account: guests are not let in.')
  if (signUp === 'open') words.push('Everybody who reaches this address can create an account.')
  if (signUp === 'provider') words.push('Accounts come from sign-in providers only.')
  return emailDomains.length === 0 ? words : [...words, domainWords(emailDomains)]
}

function domainWords(domains: readonly string[]): string {
  return `New accounts need an e-mail address at ${domains.join(' or ')}.`
}
