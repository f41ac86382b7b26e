import { helloName, openLine, type Said } from './smtp-line.ts';

/** What a mail host said, or why nobody could ask it. `code`: the reply code that decided (RFC 5321 4.2). */
export type Reply =
  | { readonly code: number; readonly text: string; readonly at: 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' }
  | { readonly silence: string };

/**
 * Asks a mail host whether it takes mail for an address, and leaves without sending any (RFC 5321 4.1.1: MAIL with the null reverse-path,
 * RCPT, RSET, QUIT). Never throws for what the host says or fails to say.
 */
export async function askRecipient(host: { address: string; port: number }, recipient: string): Promise<Reply> {
  // What is written on the wire is one line: an address with a line break would be a command.
  if (/[\r\n<>\s]/.test(recipient)) throw new TypeError(`no address: ${JSON.stringify(recipient)}`);
  const line = openLine(host);
  try {
    const greeting = await line.read();
    if ('silence' in greeting || greeting.code !== 220) return told(greeting, 'greeting');
    let hello = await line.say(`EHLO ${helloName()}`);
    if (!('silence' in hello) && hello.code >= 500) hello = await line.say(`HELO ${helloName()}`);
    if ('silence' in hello || hello.code !== 250) return told(hello, 'EHLO');
    const mail = await line.say('MAIL FROM:<>');
    if ('silence' in mail || mail.code !== 250) return told(mail, 'MAIL');
    const answer = told(await line.say(`RCPT TO:<${recipient}>`), 'RCPT');
    await line.say('RSET');
    line.leave();
    return answer;
  } finally {
    line.close();
  }
}

function told(said: Said, at: 'greeting' | 'EHLO' | 'MAIL' | 'RCPT'): Reply {
  return 'silence' in said ? said : { code: said.code, text: said.text, at };
}
