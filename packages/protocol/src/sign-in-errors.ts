import type { RefusalCode } from './refusals.ts'

/**
 * Why signing in by a provider led nowhere, as a closed list: the browser comes back from there to `/sign-in?error=<code>`, or
 * to `/settings/account?error=<code>` when somebody signed in wanted to link an identity. Besides these, `error` may be the
 * refusal of the sign-up (`invitation-needed`, `email-domain-refused`, …). (SPEC P6)
 */
export const SIGN_IN_ERRORS = {
  cancelled: 'You did not go on at the provider. Nothing was changed.',
  expired: 'That took too long, or it was done before. Begin again.',
  'other-browser': 'This sign-in was begun in another browser, or this one keeps no cookies. Begin again here.',
  'provider-unknown': 'This server has no such sign-in provider.',
  'provider-away': 'The server cannot reach this provider now. It keeps trying; come back in a minute.',
  'provider-failed':
    'The provider did not confirm who you are. Begin again; if it stays so, tell whoever runs this server.',
  'address-needed':
    'Signing in by a provider works only at the address that whoever runs this server has set (PARLEY_URL).',
  'identity-taken': 'This sign-in belongs to another account here. Sign out to use that one.',
  'signed-in-already': 'You are signed in already. Sign out first, or link this provider in your settings.',
  'signed-out-meanwhile': 'You were signed out meanwhile, so nothing was linked. Sign in and begin again.',
  'not-confirmed':
    'The provider did not ask anew who you are, so nothing was confirmed. Sign out there, and begin again.',
  'other-identity': 'That is not the sign-in of your account here, so nothing was confirmed. Use the one you came by.',
  'account-disabled': 'This account was disabled by whoever runs this server.',
} as const satisfies Record<string, string>

export type SignInError = keyof typeof SIGN_IN_ERRORS | RefusalCode
