import { newId } from '@parley/protocol'
import { sessionCookieName } from '../credentials.ts'
import type { Log } from '../log.ts'
import type { Database } from '../storage/database.ts'
import type { Secret } from './secret.ts'
import { SESSION_EXTENDED_EVERY_MS, SESSION_LIFETIME_MS } from './session-tokens.ts'

export interface AuthParts {
  readonly db: Database
  readonly secret: Secret
  readonly log: Pick<Log, 'warn' | 'error'>
  readonly now: () => number
  /** The origin at which people reach this server, as PARLEY_URL says. */
  readonly url: string
  /** Ids of the configured providers. */
  readonly providers?: readonly string[]
}

export type Auth = Awaited<ReturnType<typeof createAuth>>

/**
 * better-auth on our users, sessions and accounts: the only file that knows it, loaded when the first provider is configured.
 * Its handler is for the start and the callback of OAuth alone; its other routes would bypass `perform`, the sign-up policy
 * and the limits. (SPEC H3)
 */
export async function createAuth({ db, secret, log, now, url, providers = [] }: AuthParts) {
  const [{ betterAuth }, { authAdapter }] = await Promise.all([
    import('better-auth/minimal'),
    import('./auth-adapter.ts'),
  ])
  const isSecure = new URL(url).protocol === 'https:'
  return betterAuth({
    appName: 'Parley',
    baseURL: url,
    basePath: '/api/auth',
    secret: secret.signing,
    database: authAdapter({ db, secret, now }),
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'sessions',
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
      expiresIn: SESSION_LIFETIME_MS / 1_000,
      updateAge: SESSION_EXTENDED_EVERY_MS / 1_000,
      // A session that lives on in a cookie could not be revoked at once. (G9)
      cookieCache: { enabled: false },
    },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'user_id',
        providerId: 'provider_id',
        accountId: 'account_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      // Only a signed-in person links; an e-mail never does. (SPEC H2)
      accountLinking: {
        enabled: true,
        disableImplicitLinking: true,
        allowDifferentEmails: true,
        trustedProviders: [...providers],
      },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    advanced: {
      database: { generateId: () => newId() },
      ipAddress: { disableIpTracking: true },
      // The name says the prefix itself, so better-auth must add none.
      useSecureCookies: false,
      cookies: { session_token: { name: sessionCookieName(url), attributes: { secure: isSecure, path: '/' } } },
    },
    logger: {
      level: 'warn',
      log: (level, message, ...more) => {
        if (level === 'error') log.error({ from: 'better-auth', err: firstError(more) }, message)
        else if (level === 'warn') log.warn({ from: 'better-auth' }, message)
      },
    },
  })
}

function firstError(values: readonly unknown[]): unknown {
  return values.find((value) => value instanceof Error)
}
