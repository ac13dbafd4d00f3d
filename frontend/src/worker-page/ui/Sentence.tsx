/** A text whose parts between backticks are to be typed as they are. */
export function Sentence({ words }: { readonly words: string }) {
  return words.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name, and keep their order
    index % 2 === 0 ? part : <code key={index}>{part}</code>,
  );
}
