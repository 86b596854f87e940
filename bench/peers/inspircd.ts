import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peer } from './peer.ts'
import { debianVersion, missingFile, startPeer } from './peer-process.ts'

const program = '/usr/sbin/inspircd'

/** InspIRCd without its limits on how much one may send: no fake lag, no clones' limit, queues as large as needed. */
export const inspircd: Peer = {
  name: 'inspircd',
  title: 'InspIRCd',
  protocol: 'irc',
  durability: 'W0',
  // It lets in who waits once a second.
  entering: 1_000,
  missing: () => missingFile(program, 'apt install inspircd'),
  version: () => debianVersion('inspircd'),
  start: () =>
    startPeer({
      command(port, folder) {
        const path = join(folder, 'inspircd.conf')
        writeFileSync(path, configuration(port, folder))
        return [program, '--runasroot', '--nofork', '--config', path]
      },
    }),
}

const configuration = (port: number, folder: string) => `
<server name="irc.bench" description="bench" network="Bench" id="1AA">
<admin name="bench" nick="bench" email="bench@bench.invalid">
<bind address="127.0.0.1" port="${port}" type="clients">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}" runtimedir="${folder}">
<connect allow="*" timeout="60" pingfreq="600" hardsendq="256M" softsendq="256M" recvq="1M" threshold="1000000"
  commandrate="1000000000" fakelag="no" localmax="30000" globalmax="30000" maxchans="100" resolvehostnames="no"
  useident="no" limit="30000">
<performance softlimit="30000" somaxconn="4096" netbuffersize="65534" quietbursts="yes">
<options defaultmodes="" maxwho="4096">
<channels users="20" opers="60">
<files motd="">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="inspircd.log">
`
