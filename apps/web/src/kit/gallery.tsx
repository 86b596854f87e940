import { render } from 'preact'
import { useRef, useState } from 'preact/hooks'
import './tokens.css'
import './base.css'
import { chooseDensity, chooseTheme, density, startTheme, theme } from '../theme.ts'
import { Avatar } from './Avatar.tsx'
import { AvatarStack } from './AvatarStack.tsx'
import { Badge } from './Badge.tsx'
import { Banner } from './Banner.tsx'
import { Button } from './Button.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { Dialog } from './Dialog.tsx'
import { EmojiPicker } from './EmojiPicker.tsx'
import { EmptyState } from './EmptyState.tsx'
import { FormError } from './FormError.tsx'
import styles from './gallery.module.css'
import { IconButton } from './IconButton.tsx'
import * as icons from './icons.tsx'
import { Kbd } from './Kbd.tsx'
import { announce, LiveRegion } from './LiveRegion.tsx'
import { Logo } from './Logo.tsx'
import { Menu } from './Menu.tsx'
import { PresenceDot } from './PresenceDot.tsx'
import { SegmentedControl } from './SegmentedControl.tsx'
import { Skeleton } from './Skeleton.tsx'
import { Spinner } from './Spinner.tsx'
import { TextArea } from './TextArea.tsx'
import { TextField } from './TextField.tsx'
import { ToastRegion } from './ToastRegion.tsx'
import { showToast } from './toasts.ts'

const NAMES = [
  'Ann Lee',
  'bo',
  'Chidi Okafor',
  'دانا',
  '李小龍',
  'Zoë',
  'Łukasz Nowak',
  '🦊 fox',
  'Анна К',
  'Priya',
  'user7',
  'Max',
]
const SURFACES = ['sunken', 'paper', 'raised', 'hover', 'selected', 'inverse', 'edge', 'line']
const VOICES = ['you', 'you-strong', 'you-soft', 'them', 'them-soft', 'danger', 'danger-soft', 'here', 'away', 'gone']

function Section({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <section class={styles.section}>
      <h2>{title}</h2>
      <div class={styles.card}>{children}</div>
    </section>
  )
}

function Gallery() {
  return (
    <main class={styles.page}>
      <header class={styles.top}>
        <h1>
          <Logo size="2.5rem" wordmark />
        </h1>
        <div class={styles.choices}>
          <SegmentedControl
            label="Theme"
            hideLabel
            value={theme.value}
            onChange={chooseTheme}
            options={[
              { value: 'system', label: 'System', icon: <icons.SystemIcon /> },
              { value: 'light', label: 'Light', icon: <icons.SunIcon /> },
              { value: 'dark', label: 'Dark', icon: <icons.MoonIcon /> },
              { value: 'contrast', label: 'Contrast', icon: <icons.ContrastIcon /> },
            ]}
          />
          <SegmentedControl
            label="Density"
            hideLabel
            value={density.value}
            onChange={chooseDensity}
            options={[
              { value: 'comfortable', label: 'Comfortable', icon: <icons.ComfortableIcon /> },
              { value: 'compact', label: 'Compact', icon: <icons.CompactIcon /> },
            ]}
          />
        </div>
      </header>
      <div class={styles.sections}>
        <Buttons />
        <Fields />
        <Faces />
        <Section title="Sidebar rows">
          <Rooms />
        </Section>
        <Section title="Messages">
          <Messages />
        </Section>
        <Layers />
        <Section title="Empty">
          <EmptyState title="No rooms yet" action={<Button variant="primary">New room</Button>}>
            Rooms are places to talk. Make the first one and share its link.
          </EmptyState>
        </Section>
        <Section title="Type">
          <h1>Everything said, kept</h1>
          <h2>A room of one’s own</h2>
          <p>
            The quick brown fox. 敏捷的棕色狐狸。 素早い茶色の狐。 الثعلب البني السريع. שועל חום מהיר. 0123456789 👩‍👩‍👧
            ☕
          </p>
          <p dir="auto">مرحبا بكم في غرفة التصميم</p>
          <p>
            <code>parley serve --port 8000</code> · <a href="#link">a link in text</a> · <Kbd keys="Mod+K" />
          </p>
        </Section>
        <Section title="Waiting">
          <div class={styles.row}>
            <Spinner />
            <Skeleton shape="face" width="2.25rem" height="2.25rem" />
            <span style={{ flex: '1', display: 'grid', gap: '0.5rem' }}>
              <Skeleton width="40%" />
              <Skeleton width="85%" />
            </span>
          </div>
        </Section>
        <Section title="Colour">
          <div class={styles.swatches}>
            {[...SURFACES, ...VOICES].map((name) => (
              <div key={name}>
                <div class={styles.swatch} style={{ background: `var(--${name})` }} />
                {name}
              </div>
            ))}
          </div>
        </Section>
        <Section title="Icons">
          <div class={styles.icons}>
            {Object.entries(icons).map(([name, Drawn]) => (
              <span key={name} title={name}>
                <Drawn />
              </span>
            ))}
          </div>
        </Section>
      </div>
      <ToastRegion />
      <LiveRegion />
    </main>
  )
}

function Buttons() {
  return (
    <Section title="Buttons">
      <div class={styles.row}>
        <Button variant="primary" icon={<icons.PlusIcon />}>
          New room
        </Button>
        <Button>Secondary</Button>
        <Button variant="quiet">Quiet</Button>
        <Button variant="danger">Close room</Button>
      </div>
      <div class={styles.row}>
        <Button variant="primary" busy>
          Create
        </Button>
        <Button busy>Saving</Button>
        <Button variant="primary" disabled>
          Disabled
        </Button>
        <Button size="small">Try now</Button>
        <Button size="small" variant="quiet" icon={<icons.RetryIcon />}>
          Retry
        </Button>
      </div>
      <div class={styles.row}>
        <IconButton label="Add reaction" icon={<icons.SmileIcon />} />
        <IconButton label="Edit" keys="ArrowUp" icon={<icons.EditIcon />} />
        <IconButton label="Delete" variant="danger" icon={<icons.TrashIcon />} />
        <IconButton label="People" pressed icon={<icons.PeopleIcon />} />
        <IconButton label="Send" keys="Enter" variant="primary" icon={<icons.SendIcon />} />
        <IconButton label="Send" variant="primary" disabled icon={<icons.SendIcon />} />
        <Badge count={3} noun="unread messages" />
        <Badge count={120} noun="unread messages" />
        <Badge count={12} tone="quiet" />
      </div>
    </Section>
  )
}

function Fields() {
  const [name, setName] = useState('Harbour master’s office, north quay and the pier')
  const [taken, setTaken] = useState('general')
  const [filter, setFilter] = useState('')
  const [text, setText] = useState('Two lines\nof a message')
  return (
    <Section title="Fields">
      <TextField label="Room name" value={name} onInput={setName} limit={60} hint="Up to 60 characters." />
      <TextField
        label="Topic"
        value={taken}
        onInput={setTaken}
        error="There is already a room called “General”. Enter it, or choose another name."
      />
      <TextField
        label="Filter rooms"
        hideLabel
        type="search"
        placeholder="Filter rooms"
        icon={<icons.SearchIcon size="1.125rem" />}
        value={filter}
        onInput={setFilter}
      />
      <div class={styles.row} style={{ marginBlock: '0.75rem' }}>
        <TextArea label="Message" class={styles.area} value={text} onInput={setText} maxRows={5} />
      </div>
      <FormError>The room was not created: the server can not be reached. Your text is kept; try again.</FormError>
    </Section>
  )
}

function Faces() {
  return (
    <Section title="Faces">
      <div class={styles.row}>
        {NAMES.map((name) => (
          <Avatar key={name} name={name} />
        ))}
      </div>
      <div class={styles.row}>
        <Avatar name="Ann Lee" size="xl" presence="here" />
        <Avatar name="李小龍" size="l" presence="away" />
        <Avatar name="Priya" presence="gone" />
        <Avatar name="bo" size="s" presence="here" />
        <Avatar name="Max" size="xs" />
        <AvatarStack people={NAMES.map((name) => ({ id: name, name }))} total={27} label="Ann Lee, bo and 25 others" />
      </div>
      <div class={styles.row}>
        {(['here', 'away', 'gone'] as const).map((presence) => (
          <span key={presence} class={styles.row} style={{ gap: '0.375rem' }}>
            <PresenceDot presence={presence} /> {presence}
          </span>
        ))}
      </div>
    </Section>
  )
}

function Rooms() {
  return (
    <div class={styles.sidebar}>
      <div class={`${styles.room} ${styles.selected}`}>
        <icons.HashIcon />
        <span>harbour</span>
        <AvatarStack
          people={[
            { id: 'a', name: 'Ann Lee' },
            { id: 'b', name: 'bo' },
          ]}
          size="xs"
        />
      </div>
      <div class={`${styles.room} ${styles.unread}`}>
        <icons.HashIcon />
        <span>lighthouse</span>
        <Badge count={7} noun="unread messages" />
      </div>
      <div class={styles.room}>
        <icons.LockIcon />
        <span>keepers</span>
      </div>
      <div class={styles.room}>
        <Avatar name="Chidi Okafor" size="xs" presence="here" />
        <span>Chidi Okafor</span>
        <Badge count={140} noun="unread messages" />
      </div>
    </div>
  )
}

function Messages() {
  return (
    <>
      {[
        ['Ann Lee', '14:02', 'The tide turns at six. Shall we meet at the pier?'],
        ['دانا', '14:03', 'نعم، سأكون هناك في السادسة'],
        ['李小龍', '14:05', '好的,我帶茶過來 🍵'],
      ].map(([name = '', time, text]) => (
        <div key={name} class={styles.message}>
          <Avatar name={name} size="message" />
          <div>
            <strong>
              <bdi>{name}</bdi>
            </strong>{' '}
            <small class="tabular">{time}</small>
            <p dir="auto">{text}</p>
          </div>
        </div>
      ))}
    </>
  )
}

function Layers() {
  const [open, setOpen] = useState<'create' | 'close' | 'busy' | 'emoji' | 'banner' | null>(null)
  const [name, setName] = useState('')
  const emojiButton = useRef<HTMLButtonElement>(null)
  const close = () => setOpen(null)
  return (
    <Section title="Layers">
      <div class={styles.row}>
        <Menu
          label="Message actions"
          trigger={(trigger) => <IconButton {...trigger} label="More" icon={<icons.MoreIcon />} />}
          items={[
            { label: 'Edit', icon: <icons.EditIcon />, keys: 'ArrowUp', onSelect: () => announce('Edit') },
            { label: 'Copy text', icon: <icons.CopyIcon />, onSelect: () => showToast('Copied', { tone: 'good' }) },
            { label: 'Mute', icon: <icons.MoonIcon />, checked: true, onSelect: close },
            'separator',
            { label: 'Delete', icon: <icons.TrashIcon />, tone: 'danger', onSelect: () => setOpen('close') },
          ]}
        />
        <Button onClick={() => setOpen('create')}>Dialog</Button>
        <Button onClick={() => setOpen('close')}>Confirm</Button>
        <Button onClick={() => setOpen('busy')}>Busy</Button>
        <Button buttonRef={emojiButton} onClick={() => setOpen('emoji')}>
          Emoji
        </Button>
        <Button onClick={() => setOpen('banner')}>Banner</Button>
        <Button onClick={() => showToast('“Harbour” was created', { tone: 'good' })}>Toast</Button>
        <Button
          onClick={() =>
            showToast('Ann Lee closed “Harbour” for good.', {
              tone: 'danger',
              actions: [{ label: 'New room', onSelect: close }],
            })
          }
        >
          Bad toast
        </Button>
      </div>
      {open === 'banner' && (
        <Banner
          icon={<icons.OfflineIcon size="1.125rem" />}
          action={
            <Button size="small" variant="quiet" onClick={close}>
              Try now
            </Button>
          }
        >
          Offline, 3 queued
        </Banner>
      )}
      {open === 'emoji' && emojiButton.current && (
        <EmojiPicker anchor={emojiButton.current} onClose={close} onPick={(emoji) => showToast(`Picked ${emoji}`)} />
      )}
      {open === 'create' && (
        <Dialog
          title="New room"
          onClose={close}
          onSubmit={close}
          footer={
            <>
              <Button onClick={close}>Cancel</Button>
              <Button variant="primary" type="submit">
                Create
              </Button>
            </>
          }
        >
          <TextField
            label="Room name"
            autoFocus
            value={name}
            onInput={setName}
            limit={60}
            hint="Everybody here can find it."
          />
          <TextField label="Topic" value="" onInput={setName} hint="Optional." />
        </Dialog>
      )}
      {(open === 'close' || open === 'busy') && (
        <ConfirmDialog
          title="Close “Harbour” permanently?"
          confirmLabel="Close room permanently"
          busy={open === 'busy'}
          onConfirm={() => setOpen('busy')}
          onCancel={close}
        >
          All 1,284 messages and reactions are erased for everybody, at once and for good. 6 people are in the room now.
        </ConfirmDialog>
      )}
    </Section>
  )
}

startTheme()
const root = document.getElementById('app')
if (root) render(<Gallery />, root)
