/** What the SDK adds to an answer: no part of what the service said. */
const ADDED_BY_THE_SDK = new Set(['sdkHttpResponse', 'automaticFunctionCallingHistory']);

/** An object of the SDK's as the service said it. */
export function toPlain(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(([name, member]) => !ADDED_BY_THE_SDK.has(name) && member !== undefined),
  );
}

/** An answer, or a piece of a streamed one: the SDK renames what a citation is called. */
export function toGenerated(value: object): Record<string, unknown> {
  return renamedWithin(toPlain(value), 'candidates', (candidate) =>
    renamedWithin(candidate, 'citationMetadata', (metadata) => renamed(metadata, 'citations', 'citationSources')),
  );
}

/** The one embedding of an answer that the SDK asked for as a batch. */
export function toEmbedding(value: object): Record<string, unknown> {
  const { embeddings, ...rest } = toPlain(value);
  return Array.isArray(embeddings) && embeddings.length === 1 ? { embedding: embeddings[0], ...rest } : toPlain(value);
}

export function toModel(value: object): Record<string, unknown> {
  const { tunedModelInfo, ...model } = renamed(toPlain(value), 'supportedActions', 'supportedGenerationMethods');
  return model;
}

/** Changes the member of that name, or each of its elements, where it is an object. */
function renamedWithin(
  value: Record<string, unknown>,
  name: string,
  change: (member: Record<string, unknown>) => Record<string, unknown>,
): Record<string, unknown> {
  const member = value[name];
  if (Array.isArray(member))
    return { ...value, [name]: member.map((element) => (isRecord(element) ? change(element) : element)) };
  return isRecord(member) ? { ...value, [name]: change(member) } : value;
}

/** Keeps the place of the member. */
function renamed(value: Record<string, unknown>, from: string, to: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name === from ? to : name, member]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
