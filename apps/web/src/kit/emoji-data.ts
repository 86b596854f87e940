/** A small set on purpose: what people react with and say, not all of Unicode. "emoji name; more words to find it by". */
export interface Emoji {
  readonly emoji: string
  readonly name: string
  readonly words: string
}

export interface EmojiGroup {
  readonly name: string
  readonly emojis: readonly Emoji[]
}

const SOURCE = {
  Smileys: `😀 grinning; happy smile|😄 laughing; happy haha|😁 beaming; grin|😆 squinting laugh; haha lol|😅 nervous laugh; sweat phew
😂 tears of joy; lol haha|🤣 rolling on the floor; rofl lol|🙂 slight smile|🙃 upside down; irony|😉 wink|😊 blush; happy smile|😇 halo; angel innocent
🥰 in love; hearts adore|😍 heart eyes; love|🤩 star struck; wow|😘 blowing a kiss|😋 yum; tasty food|😜 winking tongue; joke silly|🤪 zany; crazy
🤗 hug|🤭 giggle; oops|🤫 hush; quiet secret|🤔 thinking; hmm|🫡 salute; yes sir|🤨 raised eyebrow; doubt|😐 neutral; meh|😑 expressionless|😶 speechless
😏 smirk|🙄 rolling eyes|😬 grimace; awkward|😌 relieved|😔 pensive; sad|😴 sleeping; tired zzz|🤤 drooling|😷 mask; ill|🤒 fever; ill sick|🤯 mind blown; wow
🥳 party; celebrate birthday|😎 cool; sunglasses|🤓 nerd; glasses|🧐 monocle; inspect|😕 confused|🙁 frown; sad|😮 open mouth; wow surprise|😳 flushed; embarrassed
🥺 pleading; please|😢 crying; sad tear|😭 sobbing; cry sad|😱 screaming; fear|😤 huffing; steam|😡 angry; mad|🤬 swearing|💀 skull; dead|💩 poo|🤡 clown|👻 ghost; boo|🤖 robot; bot`,
  'Hands and people': `👍 thumbs up; yes ok good like|👎 thumbs down; no bad dislike|👌 OK hand; perfect|✌️ victory; peace|🤞 fingers crossed; luck
🤟 love-you hand|🤘 horns; rock|👏 clapping; applause bravo|🙌 raised hands; hooray|🫶 heart hands; love|🙏 folded hands; thanks please|🤝 handshake; deal agree
👋 wave; hello bye|✋ raised hand; stop|🖐️ open hand; five|💪 strong; muscle|🫵 pointing at you|👉 pointing right|👆 pointing up; this|👇 pointing down|✍️ writing
👀 eyes; look see|🧠 brain; smart|🫠 melting; hot|🤷 shrug; dunno|🤦 facepalm|🙋 hand up; me question|🏃 running; hurry|💃 dancing|🧑‍💻 technologist; coding work|🥷 ninja`,
  'Hearts and signs': `❤️ red heart; love|🧡 orange heart|💛 yellow heart|💚 green heart|💙 blue heart|💜 purple heart|🖤 black heart|🤍 white heart|💔 broken heart
💯 hundred; perfect|✨ sparkles; shine new|⭐ star|🔥 fire; hot lit|⚡ lightning; fast zap|💥 boom; explosion|💡 idea; bulb|✅ done; check yes|❌ cross; no wrong
❓ question|❗ exclamation; important|⚠️ warning|🚫 forbidden; no|➕ plus; add|♻️ recycle|🔔 bell; notify|💤 sleep; zzz|💬 speech bubble; talk|🏁 finish`,
  'Animals and nature': `🐶 dog|🐱 cat|🦊 fox|🐻 bear|🐼 panda|🐸 frog|🐵 monkey|🙈 see no evil; monkey|🦄 unicorn|🐝 bee|🐢 turtle; slow|🐙 octopus|🐳 whale|🦆 duck; debug
🌱 seedling; grow|🌳 tree|🍀 clover; luck|🌸 blossom; flower|🌞 sun|🌙 moon; night|🌈 rainbow|☁️ cloud|🌧️ rain|❄️ snow; cold|🌊 ocean; sea wave`,
  'Food and drink': `☕ coffee; break|🍵 tea|🍺 beer|🍷 wine|🥂 cheers; toast|🍕 pizza|🍔 burger|🌮 taco|🍜 noodles; ramen|🍣 sushi|🥗 salad|🍞 bread|🧀 cheese|🍎 apple|🍌 banana|🍓 strawberry
🍰 cake|🎂 birthday cake|🍪 cookie|🍿 popcorn; drama|🌶️ chilli; hot`,
  'Things and places': `🎉 tada; party celebrate hooray|🎈 balloon|🎁 present; gift|🏆 trophy; win|🥇 gold medal; first|⚽ football; soccer|🎮 game|🎵 music; song|🎧 headphones
🚀 rocket; ship launch|✈️ plane; travel|🚗 car|🚲 bicycle; bike|🚢 ship|🏠 home; house|🏖️ beach; holiday|⏰ alarm; time|⏳ hourglass; wait|📅 calendar; date|📌 pin|📎 paper clip|📝 memo; note
📈 chart up; growth|📉 chart down|📦 package; release|💻 laptop; computer|📱 phone|🔧 wrench; fix|🔨 hammer; build|🐛 bug|🧪 test tube; experiment|🔍 search; magnifier|🔒 lock; secure|🔑 key|💰 money|📣 megaphone; announce`,
} as const

export const EMOJI_GROUPS: readonly EmojiGroup[] = Object.entries(SOURCE).map(([name, lines]) => ({
  name,
  emojis: lines.split(/[|\n]/).map(parseEmoji),
}))

/** The six that stand ready beside a message. */
export const QUICK_REACTIONS = ['👍', '❤️', '😂', '🎉', '😮', '🙏'] as const

/** Every word typed must begin a word of the emoji's name or its other words; an emoji finds itself. */
export function findEmojis(groups: readonly EmojiGroup[], text: string): readonly Emoji[] {
  const wanted = text.trim().toLowerCase().split(/\s+/)
  const all = groups.flatMap((group) => group.emojis)
  const isFound = ({ emoji, name, words }: Emoji): boolean => {
    const own = `${name} ${words}`.toLowerCase().split(/[\s-]+/)
    return wanted.every((part) => emoji === part || own.some((word) => word.startsWith(part)))
  }
  return all.filter(isFound)
}

function parseEmoji(entry: string): Emoji {
  const [head = '', words = ''] = entry.split('; ')
  const space = head.indexOf(' ')
  return { emoji: head.slice(0, space), name: head.slice(space + 1), words }
}
