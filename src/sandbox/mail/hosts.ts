import { openMailcow } from '../mailcow/main.ts';
import type { StandIn, World } from '../world.ts';
import { openInbox } from './main.ts';

/**
 * Opens the mail hosts of the world, the inbox and Mailcow. They are told apart by their addresses and listen for SMTP
 * at one port, as mail hosts do, so a port is looked for that is free at both.
 */
export async function openMailHosts(world: World): Promise<{ inbox: StandIn; mailcow: StandIn }> {
  for (let attempt = 1; ; attempt += 1) {
    const inbox = await openInbox(world);
    try {
      return { inbox, mailcow: await openMailcow(world, { smtpPort: Number(inbox.env.MAILWRIGHT_SMTP_PORT) }) };
    } catch (error) {
      await inbox.close();
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || attempt >= 20) throw error;
    }
  }
}
