import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peer } from './peer.ts'
import { debianVersion, missingFile, startPeer } from './peer-process.ts'

const program = '/usr/sbin/ngircd'

/** ngIRCd without its limits: no penalties, as many connections of one address as come. */
export const ngircd: Peer = {
  name: 'ngircd',
  title: 'ngIRCd',
  protocol: 'irc',
  durability: 'W0',
  // Its queue of connections to accept holds 10.
  entering: 8,
  missing: () => missingFile(program, 'apt install ngircd'),
  version: () => debianVersion('ngircd'),
  start: () =>
    startPeer({
      command(port, folder) {
        const path = join(folder, 'ngircd.conf')
        writeFileSync(path, configuration(port))
        return [program, '--nodaemon', '--config', path]
      },
    }),
}

const configuration = (port: number) => `
[Global]
  Name = irc.bench
  Info = bench
  Listen = 127.0.0.1
  Ports = ${port}
  MotdPhrase = bench
  ServerUID = nobody
  ServerGID = nogroup
[Limits]
  MaxConnections = 0
  MaxConnectionsIP = 0
  MaxJoins = 0
  MaxPenaltyTime = 0
  PingTimeout = 600
[Options]
  DNS = no
  Ident = no
  PAM = no
`
