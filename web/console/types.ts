/** What /api/v1/desk sends (bot/gateway/console). */

export type Queue = "mine" | "unit" | "triage" | "all";

export interface Me {
  login: string;
  name: string;
  unit: string;
  unit_name: string;
  roles: string[];
  csrf: string;
  states: Record<string, string>;
  grounds: Record<string, string>;
  categories: { id: string; name: string }[];
  areas: { slug: string; name: string }[];
  count_to: number;
  queues: Queue[];
}

export interface Row {
  code: string;
  state: string;
  what: string;
  place: string;
  area: string;
  category_name: string;
  unit_name: string;
  confidence: string;
  received_at: string;
  version: number;
  due_at: string | null;
  due_basis: string;
  refusals: number;
  reopened: number;
  assigned_name: string | null;
  assigned_login: string | null;
  voices: number;
  overdue: boolean;
  closed: boolean;
}

export interface ListPage {
  tickets: Row[];
  next: string;
}

export interface Person {
  login: string;
  name: string;
}

export interface Ticket extends Omit<Row, "voices" | "assigned_name" | "assigned_login"> {
  category: string;
  channel: string;
  happened: string;
  reason: string;
  unit_id: string;
  second_unit_name: string;
  may_publish: boolean;
  answer_public: string;
  published_what: string;
  latitude: number | null;
  longitude: number | null;
  history: { at: string; actor: string; to_state: string; note: string; unit_name: string; by_citizen: boolean }[];
  clock: { at: string; event: string; due_at: string | null; basis: string; note: string }[];
  voices: { at: string; text: string }[];
  files: { id: string; author: string; name: string; media_type: string; bytes: number; flags: string[]; public: boolean; may_show: boolean }[];
  notes: { at: string; author: string; text: string }[];
  assigned: Person | null;
  related: { code: string; state: string; what: string; how: string }[];
  colleagues: Person[];
  masked: string;
  log: { at: string; who: string; what: string }[];
  deeds: string[];
  new_day: string; // ISO 8601: to which a late answer might be put off
}

export interface Unit {
  id: string;
  name: string;
  area: string;
  does: string[];
}

export interface Quote {
  code: string;
  title: string;
  validity: string;
  validity_text: string;
}

export interface Template {
  id: string;
  unit_id: string;
  title: string;
  text: string;
  mine: boolean;
  quotes: Quote[];
}

export interface SavedFilter {
  name: string;
  query: string;
}

export type Fields = Record<string, string>;
export type Outcomes = Record<string, { code: string; detail: string } | null>;
