import { z } from 'zod';
import { AwsError, alreadyExists, badRequest } from '../gate/errors.ts';
import { page } from '../gate/input.ts';
import { resourceName, tagsSchema } from '../gate/names.ts';
import { type Call, operation, permission } from '../gate/operation.ts';
import { epochSeconds } from '../identities/view.ts';
import { refuseAssociated } from '../resources/associations.ts';
import { compose } from '../sending/compose.ts';
import { makeMessageId } from '../sending/message-id.ts';
import { field, parseMime, without, writeMime } from '../sending/mime.ts';
import { arnOf, type TemplateContent } from '../state.ts';
import { fillTemplate, readTemplateData } from './fill.ts';
import { findTemplate } from './find-template.ts';
import { checkTemplate, MalformedTemplate, RenderingFailure } from './render.ts';

const PATH = '/v2/email/templates';
const MOST_BYTES = 500 * 1024;
const MOST_PER_REGION = 20_000;
const OWN = new Set(['date', 'message-id']);
const label = { TemplateName: resourceName };
const content = z.object({ Subject: z.string().optional(), Text: z.string().optional(), Html: z.string().optional() });

const create = operation({
  name: 'CreateEmailTemplate',
  method: 'POST',
  path: PATH,
  writes: true,
  input: z.object({ ...label, TemplateContent: content, Tags: tagsSchema.default([]) }),
  asks({ TemplateName, Tags }, call) {
    const arn = arnOf(call.place, 'template', TemplateName);
    const tags = { request: Tags };
    return [
      permission('CreateEmailTemplate', arn, call, tags),
      ...(Tags.length ? [permission('TagResource', arn, call, tags)] : []),
    ];
  },
  run({ TemplateName: name, TemplateContent, Tags }, { place, now }) {
    if (place.templates.has(name)) throw alreadyExists(`Template ${name} already exists.`);
    if (place.templates.size >= MOST_PER_REGION)
      throw new AwsError('LimitExceededException', 400, 'You have reached the maximum number of templates.');
    refuseBad(TemplateContent);
    place.templates.set(name, { name, createdAt: now, tags: Tags, content: TemplateContent });
    return {};
  },
});

const get = operation({
  name: 'GetEmailTemplate',
  method: 'GET',
  path: `${PATH}/{TemplateName}`,
  writes: false,
  input: z.object(label),
  asks: ({ TemplateName }, call) => asks('GetEmailTemplate', TemplateName, call),
  run({ TemplateName }, call) {
    const { name, content: TemplateContent, tags } = findTemplate(call.place, TemplateName);
    return { TemplateName: name, TemplateContent, Tags: tags };
  },
});

const list = operation({
  name: 'ListEmailTemplates',
  method: 'GET',
  path: PATH,
  writes: false,
  input: z.object({ PageSize: z.number().int().min(1).max(100).default(10), NextToken: z.string().optional() }),
  asks: (_input, call) => [permission('ListEmailTemplates', '*', call)],
  run(asked, { place }) {
    const { items, NextToken } = page([...place.templates.values()], asked);
    const metadata = items.map(({ name, createdAt }) => ({
      TemplateName: name,
      CreatedTimestamp: epochSeconds(createdAt),
    }));
    return { TemplatesMetadata: metadata, NextToken };
  },
});

const update = operation({
  name: 'UpdateEmailTemplate',
  method: 'PUT',
  path: `${PATH}/{TemplateName}`,
  writes: true,
  input: z.object({ ...label, TemplateContent: content }),
  asks: ({ TemplateName }, call) => asks('UpdateEmailTemplate', TemplateName, call),
  run({ TemplateName, TemplateContent }, call) {
    const template = findTemplate(call.place, TemplateName);
    refuseBad(TemplateContent);
    template.content = TemplateContent;
    return {};
  },
});

const remove = operation({
  name: 'DeleteEmailTemplate',
  method: 'DELETE',
  path: `${PATH}/{TemplateName}`,
  writes: true,
  input: z.object(label),
  asks: ({ TemplateName }, call) => asks('DeleteEmailTemplate', TemplateName, call),
  deletes: ({ TemplateName }, call) => call.place.templates.get(TemplateName),
  run({ TemplateName }, call) {
    findTemplate(call.place, TemplateName);
    refuseAssociated(call, arnOf(call.place, 'template', TemplateName));
    call.place.templates.delete(TemplateName);
    return {};
  },
});

const testRender = operation({
  name: 'TestRenderEmailTemplate',
  method: 'POST',
  path: `${PATH}/{TemplateName}/render`,
  writes: false,
  input: z.object({ ...label, TemplateData: z.string().max(262_144) }),
  asks: ({ TemplateName }, call) => asks('TestRenderEmailTemplate', TemplateName, call),
  async run({ TemplateName, TemplateData }, { place, now }) {
    const { content: template } = findTemplate(place, TemplateName);
    const data = readTemplateData(TemplateData);
    try {
      const mime = without(parseMime(await compose(fillTemplate(template, data))), (name) => OWN.has(name));
      const date = field('Date', new Date(now).toUTCString().replace('GMT', '+0000'));
      const id = field('Message-ID', `<${makeMessageId(place.region, now)}@email.amazonses.com>`);
      return { RenderedTemplate: writeMime({ ...mime, fields: [date, id, ...mime.fields] }).toString('latin1') };
    } catch (error) {
      if (error instanceof RenderingFailure) throw badRequest(error.message);
      throw error;
    }
  },
});

/** All calls about stored templates. */
export const templateOperations = [create, get, list, update, remove, testRender];

function refuseBad(given: TemplateContent): void {
  const parts = [given.Subject, given.Text, given.Html].map((part) => part ?? '');
  if (!given.Subject || (!given.Text && !given.Html))
    throw badRequest('A template must have a subject and a Text or Html part.');
  if (Buffer.byteLength(parts.join('')) > MOST_BYTES) throw badRequest('The template is larger than 500 KB.');
  try {
    parts.forEach(checkTemplate);
  } catch (error) {
    if (error instanceof MalformedTemplate) throw badRequest(`Invalid template: ${error.message}`);
    throw error;
  }
}

function asks(action: string, name: string, call: Call) {
  const tags = { resource: call.place.templates.get(name)?.tags };
  return [permission(action, arnOf(call.place, 'template', name), call, tags)];
}
