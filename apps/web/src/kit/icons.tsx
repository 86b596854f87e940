/** Parley's own icons: a grid of 24, a round stroke of 1.75. Always decoration: the label belongs to the control. */
export interface IconProps {
  /** A CSS length; 1.25rem unless told. */
  readonly size?: string
}

export type Icon = (props: IconProps) => preact.JSX.Element

function icon(path: string): Icon {
  return function DrawnIcon({ size = '1.25rem' }: IconProps) {
    return (
      <svg
        viewBox="0 0 24 24"
        width={size}
        height={size}
        fill="none"
        stroke="currentColor"
        stroke-width="1.75"
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        <path d={path} />
      </svg>
    )
  }
}

export const PlusIcon = icon('M12 5v14M5 12h14')
export const CloseIcon = icon('M6.5 6.5l11 11M17.5 6.5l-11 11')
export const CheckIcon = icon('M5 12.5l4.5 4.5L19 7.5')
export const ChevronDownIcon = icon('M6.5 9.5L12 15l5.5-5.5')
export const ChevronUpIcon = icon('M6.5 14.5L12 9l5.5 5.5')
export const ChevronLeftIcon = icon('M14.5 6.5L9 12l5.5 5.5')
export const ChevronRightIcon = icon('M9.5 6.5L15 12l-5.5 5.5')
export const ArrowDownIcon = icon('M12 5v14M6 13l6 6 6-6')
export const ArrowLeftIcon = icon('M19 12H5M11 6l-6 6 6 6')
export const SendIcon = icon('M5 4.5l15 7.5-15 7.5 2.5-7.5zM7.5 12H13')
export const ReplyIcon = icon('M9.5 7L4.5 12l5 5M5 12h8.5a6 6 0 0 1 6 6')
export const SmileIcon = icon(
  'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M8.5 14.2a4.3 4.3 0 0 0 7 0M9 9.7v.01M15 9.7v.01',
)
export const MoreIcon = icon([5.5, 12, 18.5].map((x) => `M${x - 0.6} 12a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0`).join(''))
export const EditIcon = icon(
  'M4.5 19.5l.9-4L15.8 5.1a1.7 1.7 0 0 1 2.4 0l.7.7a1.7 1.7 0 0 1 0 2.4L8.5 18.6zM13.8 7.2l3 3',
)
export const TrashIcon = icon(
  'M4.5 7h15M9.5 7V5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1v2M6.5 7l.8 11.6a1.5 1.5 0 0 0 1.5 1.4h6.4a1.5 1.5 0 0 0 1.5-1.4L17.5 7M10.2 11v5M13.8 11v5',
)
export const CopyIcon = icon(
  'M9.5 8.5h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1M5.5 15.5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1',
)
export const RetryIcon = icon('M19.5 12a7.5 7.5 0 1 1-2.3-5.4l2.3 2.2M19.5 4.5v4.3h-4.3')
export const HashIcon = icon('M9.5 4.5l-2 15M16.5 4.5l-2 15M5 9.2h15M4 14.8h15')
export const LockIcon = icon(
  'M7 10.5h10a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 18v-6A1.5 1.5 0 0 1 7 10.5M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5',
)
export const PeopleIcon = icon(
  'M9 4.8a3.4 3.4 0 1 0 0 6.8a3.4 3.4 0 1 0 0-6.8M3 19.5c0-3 2.5-5 6-5s6 2 6 5M15.5 5.1a3.4 3.4 0 0 1 0 6.2M17.3 14.9c2.3.6 3.7 2.3 3.7 4.6',
)
export const PersonIcon = icon(
  'M12 4.2a3.9 3.9 0 1 0 0 7.8a3.9 3.9 0 1 0 0-7.8M4.8 20c0-3.3 2.9-5.3 7.2-5.3s7.2 2 7.2 5.3',
)
export const SettingsIcon = icon(
  'M4 7.5h8.5M17.5 7.5H20M4 16.5h2.5M11.5 16.5H20M15 5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M9 14a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5',
)
export const LeaveIcon = icon(
  'M13.5 4.5h-6A1.5 1.5 0 0 0 6 6v12a1.5 1.5 0 0 0 1.5 1.5h6M11 12h9.5M17 8.5l3.5 3.5-3.5 3.5',
)
export const SignOutIcon = icon('M12 3.5v8M7 6.5a8 8 0 1 0 10 0')
export const ClockIcon = icon('M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 7.5V12l3 2')
export const AlertIcon = icon('M12 4.2l8.7 15.1a.5.5 0 0 1-.4.7H3.7a.5.5 0 0 1-.4-.7zM12 10v4.2M12 17v.01')
export const InfoIcon = icon('M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 11v5M12 8v.01')
export const OfflineIcon = icon(
  'M4 4l16 16M5 12.5a10 10 0 0 1 4-2.4M19 12.5a10 10 0 0 0-5-2.7M8.3 15.8a5.3 5.3 0 0 1 5.5-1.2M2.3 9.2a14 14 0 0 1 3.6-2.3M21.7 9.2A14.1 14.1 0 0 0 10 5.9M12 19h.01',
)
export const MoonIcon = icon('M19.7 14.2A8 8 0 0 1 9.8 4.3a8 8 0 1 0 9.9 9.9')
export const SunIcon = icon(
  'M12 8.2a3.8 3.8 0 1 0 0 7.6a3.8 3.8 0 1 0 0-7.6M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
)
export const ContrastIcon = icon('M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17v17M15 5v14M18 7.2v9.6')
export const SystemIcon = icon('M4.5 5.5h15a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1M9 20h6')
export const ComfortableIcon = icon('M4.5 6.5h15M4.5 12h15M4.5 17.5h15')
export const CompactIcon = icon('M4.5 5.5h15M4.5 9.8h15M4.5 14.2h15M4.5 18.5h15')
export const KeyboardIcon = icon(
  'M4 6.5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1M8.5 14h7M6.5 10.2h.01M10.2 10.2h.01M13.8 10.2h.01M17.5 10.2h.01',
)
export const MenuIcon = icon('M4.5 7h15M4.5 12h15M4.5 17h10')
export const SearchIcon = icon('M10.5 4.5a6 6 0 1 0 0 12a6 6 0 1 0 0-12M15 15l4.7 4.7')
export const EyeIcon = icon(
  'M2.8 12c2-4 5.3-6.2 9.2-6.2s7.2 2.2 9.2 6.2c-2 4-5.3 6.2-9.2 6.2S4.8 16 2.8 12M12 9.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6',
)
export const EyeOffIcon = icon(
  'M4 4l16 16M9.7 6.1A9 9 0 0 1 12 5.8c3.9 0 7.2 2.2 9.2 6.2a14 14 0 0 1-2.5 3.4M15.6 17.3a9 9 0 0 1-3.6.9c-3.9 0-7.2-2.2-9.2-6.2a14 14 0 0 1 3.8-4.5M10 10a2.8 2.8 0 0 0 4 4',
)
export const DeviceIcon = icon(
  'M4.5 5h15a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1M8.5 19.5h7M12 16v3.5',
)
export const ShieldIcon = icon('M12 3.5l7 2.7v5.3c0 4.3-2.8 7.3-7 9-4.2-1.7-7-4.7-7-9V6.2zM9 12l2.2 2.2 4-4.4')
export const LinkIcon = icon(
  'M10 13.8a4 4 0 0 0 5.7 0l2.8-2.8a4 4 0 0 0-5.7-5.7l-1 1M14 10.2a4 4 0 0 0-5.7 0L5.5 13a4 4 0 0 0 5.7 5.7l1-1',
)
export const KeyIcon = icon('M8.5 10.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M11.8 12L19.5 4.3M16 7.8l2.8 2.8')
export const ChatIcon = icon(
  'M12 4.5c4.7 0 8.5 3 8.5 6.9s-3.8 6.9-8.5 6.9c-.9 0-1.8-.1-2.6-.3L4.5 20l1.2-4.1A6.3 6.3 0 0 1 3.5 11.4c0-3.9 3.8-6.9 8.5-6.9',
)
export const NewMessageIcon = icon(
  'M11.5 5H7a2.5 2.5 0 0 0-2.5 2.5V17A2.5 2.5 0 0 0 7 19.5h9.5A2.5 2.5 0 0 0 19 17v-4.5M10 14.2l.6-2.7 7-7a1.5 1.5 0 0 1 2.1 2.1l-7 7z',
)
export const AddPersonIcon = icon(
  'M10 4.8a3.6 3.6 0 1 0 0 7.2a3.6 3.6 0 1 0 0-7.2M3.5 19.5c0-3 2.6-5 6.5-5 1.7 0 3.1.4 4.2 1M18 14.5v6M15 17.5h6',
)
export const CrownIcon = icon('M4.5 8l3.6 3.4L12 5.5l3.9 5.9L19.5 8l-1.4 9.5H5.9zM6.5 20.5h11')
export const MuteIcon = icon(
  'M12 4.5a6 6 0 0 1 6 6c0 3 1 4.5 2 5.5H9.5M6.3 8.5A6 6 0 0 0 6 10.5c0 3-1 4.5-2 5.5h3M10 19a2.2 2.2 0 0 0 4 0M4 4l16 16',
)
export const BanIcon = icon('M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M6 6l12 12')
