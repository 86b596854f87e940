import { LIMITS } from '@parley/protocol'
import { Caller } from './caller.ts'
import { type Canaries, type Lifetime, longTextWith } from './canaries.ts'

const PASSWORD_END = ' over four boats'

interface Planted {
  readonly roomId: string
  readonly messageId: string
}

/** Those who stay, and what of the deployment may be read by them. */
export interface Stayers {
  readonly witness: Caller
  readonly roomId: string
}

/**
 * One of each place where somebody can type something, and each way of erasing it. What is replaced before the backup (old
 * names, old texts) is planted and erased at once; the rest waits for `erase`.
 */
export class Plot {
  readonly #canaries: Canaries
  readonly #url: () => string
  readonly #stayers: Stayers
  readonly #deleted: Planted[] = []
  #closed = ''
  #account: Caller | undefined
  #password = ''
  #guest: Caller | undefined

  static async planted(canaries: Canaries, url: () => string, stayers: Stayers): Promise<Plot> {
    const plot = new Plot(canaries, url, stayers)
    await plot.#plantRoom()
    await plot.#plantMessages()
    await plot.#plantAccount()
    await plot.#plantGuest()
    await plot.#ask()
    return plot
  }

  private constructor(canaries: Canaries, url: () => string, stayers: Stayers) {
    this.#canaries = canaries
    this.#url = url
    this.#stayers = stayers
  }

  /** How many receipts there will be. */
  static readonly receipts = 4

  /** Deletes the messages and closes the room: nobody can read them from the answer on. */
  async eraseMessagesAndRoom(): Promise<void> {
    const { witness } = this.#stayers
    for (const message of this.#deleted) await witness.does('delete-message', message)
    await witness.does('close-room', { roomId: this.#closed })
  }

  async erasePeople(): Promise<void> {
    await this.#account?.does('delete-account', { password: this.#password, messages: 'erase' })
    await this.#guest?.does('delete-account', { messages: 'erase' })
  }

  async #plantRoom(): Promise<void> {
    const { witness } = this.#stayers
    const word = (where: string, lifetime?: Lifetime) => this.#canaries.word(`closed room: ${where}`, lifetime)
    const { roomId = '' } = await witness.does('create-room', {
      name: word('first name', 'replaced'),
      topic: word('first topic', 'replaced'),
    })
    this.#closed = roomId
    await witness.does('post-message', { roomId, body: word('message') })
    const long = longTextWith(word('long message'), LIMITS.messageLength)
    await witness.does('post-message', { roomId, body: long })
    const { messageId } = await witness.does('post-message', {
      roomId,
      body: `so ${word('message before its edit', 'replaced')} so`,
    })
    await witness.does('edit-message', { roomId, messageId, body: `no ${word('message after its edit')} no` })
    await witness.does('add-reaction', { roomId, messageId, emoji: '🦩' })
    await witness.does('rename-room', { roomId, name: word('last name') })
    await witness.does('change-topic', { roomId, topic: word('last topic') })
  }

  async #plantMessages(): Promise<void> {
    const { witness, roomId } = this.#stayers
    const word = (where: string, lifetime?: Lifetime) => this.#canaries.word(`deleted message: ${where}`, lifetime)
    const post = async (body: string) => {
      const { messageId = '' } = await witness.does('post-message', { roomId, body })
      return { roomId, messageId }
    }
    this.#deleted.push(await post(word('as posted')))
    this.#deleted.push(await post(longTextWith(word('long'), LIMITS.messageLength)))
    const edited = await post(word('before its edit', 'replaced'))
    await witness.does('edit-message', { ...edited, body: word('after its edit') })
    this.#deleted.push(edited)
    const kept = await post(this.#canaries.word('edited message: before', 'replaced'))
    await witness.does('edit-message', { ...kept, body: 'nothing to see' })
  }

  async #plantAccount(): Promise<void> {
    const { witness, roomId } = this.#stayers
    const word = (where: string, lifetime?: Lifetime) => this.#canaries.word(`deleted account: ${where}`, lifetime)
    this.#password = word('password', 'passing') + PASSWORD_END
    this.#account = await new Caller(this.#url, { 'user-agent': word('browser', 'passing') }).registers({
      handle: word('handle'),
      name: word('first name', 'replaced'),
      password: this.#password,
      email: `${word('address')}@example.org`,
    })
    await this.#account.does('change-name', { name: word('last name') })
    await this.#account.does('enter-room', { roomId })
    await this.#account.does('post-message', { roomId, body: word('message') })
    const owned = await this.#account.does('create-room', {
      name: word('own private room', 'replaced'),
      kind: 'private',
    })
    await this.#account.does('post-message', { roomId: owned.roomId, body: word('message in it', 'replaced') })
    await this.#account.does('close-room', { roomId: owned.roomId })
    const direct = await this.#account.does('start-direct', { userId: witness.userId })
    await this.#account.does('post-message', { roomId: direct.roomId, body: word('message between two') })
  }

  async #plantGuest(): Promise<void> {
    const { roomId } = this.#stayers
    const word = (where: string) => this.#canaries.word(`deleted guest: ${where}`)
    this.#guest = await new Caller(this.#url).enters(word('name'))
    await this.#guest.does('enter-room', { roomId })
    await this.#guest.does('post-message', { roomId, body: word('message') })
  }

  /** What is typed and answered, and kept nowhere: it may stand in no log either. */
  async #ask(): Promise<void> {
    const { witness } = this.#stayers
    const word = (where: string) => this.#canaries.word(where, 'passing')
    await witness.tries('queries/find-people', { text: word('searched for') })
    await witness.tries('queries/list-rooms', { list: 'existing', filter: word('filtered by'), limit: 10 })
    const stranger = new Caller(this.#url)
    await stranger.tries('commands/sign-in', { handle: word('handle of nobody'), password: word('wrong password') })
    await stranger.tries('commands/describe-invitation', { token: word('token of nothing') })
    await witness.tries(`commands/${word('name of no command')}`, {})
    await witness.tries('commands/post-message', { roomId: this.#stayers.roomId, body: { wrong: word('malformed') } })
  }
}
