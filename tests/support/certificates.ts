import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

export interface Certificate {
  /** Both in PEM. */
  readonly key: string
  readonly cert: string
}

export interface CertificateAsk {
  /** Of hosts, or IPv4 addresses. */
  readonly names: readonly string[]
  readonly from: Date
  readonly until: Date
}

/** An authority of a test's own, which issues whatever it is asked for: as nobody else would, also what has ended already. */
export class Authority {
  readonly cert: string
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #name: Uint8Array

  /** Without another above it, it vouches for itself. */
  constructor(name: string, above?: Authority) {
    this.#name = nameOf(name)
    const isAuthority = extension(BASIC_CONSTRAINTS, sequence(of(BOOLEAN, [0xff])))
    const ask = { names: [], from: daysFromNow(-3650), until: daysFromNow(3650) }
    const signer = above ?? this
    this.cert = signer.#signed({ ...ask, subject: this.#name, key: this.#keys.publicKey, more: [isAuthority] })
  }

  vouchesFor(name: string): Authority {
    return new Authority(name, this)
  }

  issues(ask: CertificateAsk): Certificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const names = ask.names.map((name) => {
      const numbers = name.split('.').map(Number)
      return isIP(name) === 4 ? of(IP_ADDRESS, numbers) : of(DNS_NAME, Buffer.from(name))
    })
    const more = [extension(ALTERNATIVE_NAMES, sequence(...names))]
    const cert = this.#signed({ ...ask, subject: nameOf(ask.names[0] ?? ''), key: publicKey, more })
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }

  #signed(ask: CertificateAsk & { subject: Uint8Array; key: KeyObject; more: readonly Uint8Array[] }): string {
    const version3 = of(0xa0, of(INTEGER, [2]))
    const serial = of(INTEGER, [0x01, ...randomBytes(8)])
    const validity = sequence(timeOf(ask.from), timeOf(ask.until))
    const key = ask.key.export({ type: 'spki', format: 'der' })
    const body = sequence(
      version3,
      serial,
      ECDSA_SHA256,
      this.#name,
      validity,
      ask.subject,
      key,
      of(0xa3, sequence(...ask.more)),
    )
    const signature = sign('sha256', body, this.#keys.privateKey)
    return pem(sequence(body, ECDSA_SHA256, of(BIT_STRING, [0, ...signature])))
  }
}

export const daysFromNow = (days: number): Date => new Date(Date.now() + days * 24 * 60 * 60_000)

// X.509 in DER (RFC 5280): every value is its kind, its length and its bytes.
const BOOLEAN = 0x01
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OBJECT_ID = 0x06
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const SEQUENCE = 0x30
const SET = 0x31
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87
const COMMON_NAME = [0x55, 0x04, 0x03]
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13]
const ALTERNATIVE_NAMES = [0x55, 0x1d, 0x11]
const ECDSA_SHA256 = of(SEQUENCE, of(OBJECT_ID, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]))

function of(kind: number, bytes: ArrayLike<number>): Uint8Array {
  return Uint8Array.from([kind, ...lengthOf(bytes.length), ...Array.from(bytes)])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return of(SEQUENCE, Buffer.concat(parts))
}

function nameOf(text: string): Uint8Array {
  return sequence(of(SET, sequence(of(OBJECT_ID, COMMON_NAME), of(UTF8_STRING, Buffer.from(text)))))
}

function extension(id: readonly number[], value: Uint8Array): Uint8Array {
  return sequence(of(OBJECT_ID, id), of(OCTET_STRING, value))
}

function timeOf(date: Date): Uint8Array {
  return of(GENERALIZED_TIME, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, '')))
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
