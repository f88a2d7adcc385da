import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });
const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false });

/** An XML document with one root element. Arrays repeat their element. */
export function buildXml(root: string, content: Readonly<Record<string, unknown>>): string {
  const attributes = root === 'Error' ? {} : { '@_xmlns': NAMESPACE };
  const xml = builder.build({ [root]: { ...attributes, ...content } });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
}

/** @returns the parsed document, or undefined when it isn't well-formed. A DOCTYPE is refused: entities are an attack. */
export function parseXml(text: string): unknown {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return undefined;
  return parser.parse(text);
}
