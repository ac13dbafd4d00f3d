import { describe, expect, it } from 'vitest';
import { batchEmbedContents, embedContent, unitVector } from './embedding.ts';

const MODEL = 'models/gemini-embedding-001';
const content = { parts: [{ text: 'hello' }] };

describe('embedContent', () => {
  it('gives a vector of length 1 that depends on text and task alone', () => {
    const { values } = embedContent({ content }, MODEL);
    expect(values).toHaveLength(3072);
    expect(Math.hypot(...values)).toBeCloseTo(1, 5);
    expect(embedContent({ model: MODEL, content, title: 'x' }, MODEL).values).toEqual(values);
    expect(embedContent({ content, task_type: 'CLUSTERING' }, MODEL).values).not.toEqual(values);
    expect(unitVector('', 3).every(Number.isFinite)).toBe(true);
  });

  it.each([
    [MODEL, { output_dimensionality: 256 }, 256],
    ['models/text-embedding-004', {}, 768],
  ])('has the dimensions of %s asked for by %j', (model, more, dimensions) => {
    expect(embedContent({ content, ...more }, model).values).toHaveLength(dimensions);
  });

  it.each([
    [{ content, model: 'models/other' }, 'must be the one in the path'],
    [{ content, outputDimensionality: 3073 }, 'must be between 1 and 3072'],
    [{}, 'contents is not specified'],
  ])('refuses %j', (body, message) => {
    expect(() => embedContent(body, MODEL)).toThrow(message);
  });
});

describe('batchEmbedContents', () => {
  it('keeps the order', () => {
    const texts = ['one', 'two', 'three'];
    const requests = texts.map((text) => ({ model: MODEL, content: { parts: [{ text }] } }));
    expect(batchEmbedContents({ requests }, MODEL)).toEqual({
      embeddings: requests.map((request) => embedContent(request, MODEL)),
    });
  });

  it('is limited', () => {
    const requests = Array.from({ length: 101 }, () => ({ content }));
    expect(() => batchEmbedContents({ requests }, MODEL)).toThrow('at most 100 requests can be in one batch');
    expect(() => batchEmbedContents({}, MODEL)).toThrow('requests is not specified');
  });
});
