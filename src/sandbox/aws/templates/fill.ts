import { badRequest } from '../gate/errors.ts';
import type { Simple } from '../sending/input.ts';
import type { TemplateContent } from '../state.ts';
import { render } from './render.ts';

/** TemplateData as an object. @throws AwsError BadRequestException for what is no JSON object */
export function readTemplateData(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = JSON.parse(text ?? '{}');
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return { ...data };
  } catch {
    // Falls through to the same refusal.
  }
  throw badRequest('Invalid template data: it must be a JSON object.');
}

/** A template filled, as content that can be composed. @throws RenderingFailure where a value is missing */
export function fillTemplate(
  { Subject = '', Text, Html }: TemplateContent,
  data: unknown,
): Pick<Simple, 'Subject' | 'Body' | 'Attachments'> {
  const part = (text: string) => ({ Data: render(text, data), Charset: 'UTF-8' });
  return {
    Subject: part(Subject),
    Body: { ...(Text ? { Text: part(Text) } : {}), ...(Html ? { Html: part(Html) } : {}) },
    Attachments: [],
  };
}
