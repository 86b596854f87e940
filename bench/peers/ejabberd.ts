import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peer } from './peer.ts'
import { debianVersion, missingFile, startPeer } from './peer-process.ts'

/** Schedulers that wait do not spin: CPU is what was done, not what was waited. */
const NO_SPINNING = ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none']

const LIBRARIES = '/usr/lib/x86_64-linux-gnu'

/** ejabberd with a multi-user chat whose rooms are archived (mod_mam) in Mnesia, its default store. */
export const ejabberd: Peer = {
  name: 'ejabberd',
  title: 'ejabberd, archive',
  protocol: 'xmpp',
  // Mnesia writes behind, and without a sync.
  durability: 'later',
  // Whoever enters a room is told to everybody and told everybody: 1,000 enter with a million stanzas.
  mostConnections: 300,
  rate: 20,
  senders: 100,
  missing: () => missingFile('/usr/sbin/ejabberdctl', 'apt install ejabberd') ?? missingModule(),
  version: () => debianVersion('ejabberd'),
  start: () =>
    startPeer({
      command(port, folder) {
        writeFileSync(join(folder, 'ejabberd.yml'), configuration(port))
        mkdirSync(join(folder, 'database'))
        // As ejabberdctl does in the foreground, but as the one who runs the bench, and without distribution.
        const mnesia = ['-mnesia', 'dir', `"${join(folder, 'database')}"`]
        return ['/usr/bin/erl', '+K', 'true', '+P', '250000', ...NO_SPINNING, '-noinput', ...mnesia, '-s', 'ejabberd']
      },
      environment: (folder) => ({
        ERL_LIBS: LIBRARIES,
        HOME: folder,
        EJABBERD_CONFIG_PATH: join(folder, 'ejabberd.yml'),
        EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
        ERL_MAX_PORTS: '32000',
        ERL_CRASH_DUMP_SECONDS: '0',
      }),
    }),
}

function missingModule(): string | undefined {
  const folder = existsSync(LIBRARIES) ? readdirSync(LIBRARIES).find((name) => name.startsWith('ejabberd-')) : undefined
  return folder ? undefined : `${LIBRARIES}/ejabberd-* is not there: only Debian's package on amd64 is known here`
}

const configuration = (port: number) => `
hosts: [localhost]
loglevel: error
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    shaper: none
    access: all
    backlog: 4096
auth_method: [anonymous]
anonymous_protocol: sasl_anon
allow_multiple_connections: true
access_rules:
  local: [allow: all]
modules:
  mod_disco: {}
  mod_mam:
    db_type: mnesia
    default: never
  mod_muc:
    access_create: all
    access_mam: all
    history_size: 0
    max_users: 10000
    default_room_options:
      mam: true
      max_users: 10000
      allow_change_subj: false
`
