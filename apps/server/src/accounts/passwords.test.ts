import { describe, expect, test } from 'bun:test'
import { Refusal } from '../rules/refusal.ts'
import { hashPassword, verifyPassword } from '../runtime/password-hash.ts'
import { deviceName } from './device-name.ts'
import { readEmail } from './email.ts'
import { Passwords } from './passwords.ts'
import { isTrivialPassword } from './trivial-passwords.ts'

describe('trivial passwords', () => {
  test.each([
    'password12',
    'Password2024!',
    'P@ssw0rd123',
    'iloveyou2023',
    'letmein1234',
    'qwertyuiop',
    'qwerty12345',
    'asdfghjkl1',
    '1q2w3e4r5t',
    '1qaz2wsx3edc',
    '0123456789',
    '9876543210',
    'abcdefghij',
    'zzzzzzzzzz',
    'abababababab',
    'abcabcabcabc',
    '1212121212',
    'helloworld1',
    'adminadmin1',
    'Welcome2024!',
    'changeme!!',
    'superman123',
    'parleychat1',
  ])('[U1] %s is one', (password) => {
    expect(isTrivialPassword(password, [])).toBe(true)
  })

  test.each([
    'violet tram over water',
    'correct kettle lamp 9',
    'xk7-plume-orbit',
    'Hg5%kk0+Lq',
    'ich mag kein Gemüse',
    '我的密码是很长的一句话',
    '0417-blau-Kran',
  ])('[U1] %s is none', (password) => {
    expect(isTrivialPassword(password, ['ann.lee', 'Ann Lee', 'ann@example.org'])).toBe(false)
  })

  test('[U1] what everybody can see of the person is one', () => {
    const about = ['christabel.may', 'Christabel May', 'chris.may@example.org']
    for (const password of [
      'christabelmay',
      'Christabel.May1999',
      'christabel-may!',
      'chris.may@2024',
      'Chr1stab3lMay',
    ]) {
      expect([password, isTrivialPassword(password, about)]).toEqual([password, true])
    }
  })

  test('[U1] the longest takes no time to judge', () => {
    const startedAt = performance.now()
    for (const unit of ['a', 'ab1', 'password', '-', '1qaz'])
      isTrivialPassword(unit.repeat(1_000).slice(0, 1_024), ['x'.repeat(64)])
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})

describe('hashing', () => {
  test('[U2] is done for two at a time; a flood is told busy before it eats memory', async () => {
    let running = 0
    let most = 0
    const gates: (() => void)[] = []
    const passwords = new Passwords({
      verify: verifyPassword,
      async hash() {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => gates.push(resolve))
        running -= 1
        return 'a hash'
      },
    })
    const flood = Array.from({ length: 200 }, () => passwords.hash('whatever it is').catch((error: unknown) => error))
    const early = await Promise.race([Promise.all(flood.slice(66)), pause(5_000)])
    expect(early).toHaveLength(134)
    for (const error of early as unknown[]) expect(error).toMatchObject({ code: 'busy', retryAfterMs: 1_000 })
    for (let left = 66; left > 0; left--) {
      while (gates.length === 0) await pause(0)
      gates.shift()?.()
    }
    expect(await Promise.all(flood.slice(0, 66))).toEqual(Array.from({ length: 66 }, () => 'a hash'))
    expect(most).toBe(2)
  })

  test('[U1] the same keys give the same password on every device; no other does', async () => {
    const passwords = new Passwords({ hash: hashPassword, verify: verifyPassword })
    const hash = await passwords.hash('Grüße aus Köln')
    expect(await passwords.verify('Grüße aus Köln'.normalize('NFD'), hash)).toBe(true)
    for (const wrong of ['', ' ', 'grüße aus Köln', 'Grüße aus Köln ', 'Grüße aus Köl']) {
      expect([wrong, await passwords.verify(wrong, hash)]).toEqual([wrong, false])
    }
    expect(await passwords.verify('Grüße aus Köln', undefined)).toBe(false)
  })
})

test('[U7] a device is named by browser and system, as far as known', () => {
  const named = [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
      'Safari on macOS',
    ],
    ['my-bot/1.0 (+https://example.org)', 'my-bot'],
    ['<script>alert(1)</script>', null],
    ['', null],
    [undefined, null],
    ['x'.repeat(10_000), 'x'.repeat(40)],
  ] as const
  for (const [header, device] of named) expect(deviceName(header)).toBe(device)
})

test('[U1] e-mail domains are compared in one spelling', () => {
  expect(readEmail('Ann@EXAMPLE.org').domain).toBe('example.org')
  expect(readEmail('ann@Bücher.example').domain).toBe('xn--bcher-kva.example')
  for (const wrong of [
    'ann',
    'ann@',
    '@a.b',
    'a@b@c.d',
    'ann@example',
    'ann@[1.2.3.4]',
    'a\u0000@b.c',
    '"a b"@c.de',
    'a@c.de,x@evil.test',
  ]) {
    expect(() => readEmail(wrong)).toThrow(Refusal)
  }
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
