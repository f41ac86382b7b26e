import MailComposer from 'nodemailer/lib/mail-composer';
import type { Simple } from './input.ts';

/** Subject, bodies and attachments as a MIME message. */
export function compose({
  Subject,
  Body,
  Attachments,
}: Pick<Simple, 'Subject' | 'Body' | 'Attachments'>): Promise<Buffer> {
  return new MailComposer({
    subject: inCharset(Subject),
    ...(Body.Text ? { text: inCharset(Body.Text) } : {}),
    ...(Body.Html ? { html: inCharset(Body.Html) } : {}),
    attachments: Attachments.map((attachment) => ({
      content: attachment.RawContent,
      filename: attachment.FileName,
      contentDisposition: attachment.ContentDisposition === 'INLINE' ? 'inline' : 'attachment',
      ...(attachment.ContentType ? { contentType: attachment.ContentType } : {}),
      ...(attachment.ContentId ? { cid: attachment.ContentId } : {}),
    })),
  })
    .compile()
    .build();
}

/** Without a charset the text is 7-bit ASCII, and what is not comes out damaged. */
function inCharset({ Data, Charset }: { Data: string; Charset?: string | undefined }): string {
  return Charset === undefined ? Data.replaceAll(/[^\0-\x7f]/gu, '?') : Data;
}
