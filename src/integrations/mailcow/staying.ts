import type { MailcowState } from './state.ts';

/** Something that is never removed, because it holds people's mail. */
export interface Staying {
  /** 'example.com', or a mailbox's address. */
  readonly name: string;
  readonly kind: 'domain' | 'mailbox';
  readonly messages: number;
  readonly bytes: number;
}

/** What stays of a domain at Mailcow, whatever is taken down: itself and its mailboxes, with what they hold. Nothing where it is empty. Pure. */
export function stayingAt({ domain, mailboxes }: MailcowState): readonly Staying[] {
  if (!domain || domain.mailboxes === 0) return [];
  const { name, messages, bytes } = domain;
  return [
    { name, kind: 'domain', messages, bytes },
    ...mailboxes.map((one) => ({
      name: one.address,
      kind: 'mailbox' as const,
      messages: one.messages,
      bytes: one.bytes,
    })),
  ];
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** '1,234 messages (1.2 GiB)' */
export function describeHeld({ messages, bytes }: Pick<Staying, 'messages' | 'bytes'>): string {
  const step = Math.min(bytes > 0 ? Math.floor(Math.log2(bytes) / 10) : 0, UNITS.length - 1);
  const size = bytes / 1024 ** step;
  const shown = `${step === 0 ? size : size.toFixed(1)} ${UNITS[step]}`;
  return `${messages.toLocaleString('en')} ${messages === 1 ? 'message' : 'messages'} (${shown})`;
}
