import { expect, it } from 'vitest';
import { openMailbox } from './mailbox.ts';

it.each(['imap://localhost.example', 'imap://127.example', 'imap://127.0.0.1.example', 'imap://mail.example'])(
  'no password goes to %s in the clear',
  async (imap) => {
    const settings = { imap, submission: 'mail.example:587', user: 'a@b.test', password: 'x' };
    await expect(openMailbox(settings)).rejects.toMatchObject({ code: 'mailbox.plain' });
  },
);
