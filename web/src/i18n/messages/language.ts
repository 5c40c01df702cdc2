// The languages the page speaks, and the shape of a file of messages.

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Messages = Record<string, Record<Language, string>>;
