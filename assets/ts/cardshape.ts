/** A card as the API gives it. What is not public is absent. */
export interface CardShape {
  id: string;
  display_name: string;
  pronouns?: string;
  designation?: string;
  organization?: { id?: string; name: string; logo?: string };
  bio?: string;
  email?: string;
  phone?: string;
  avatar: { url: string; sizes?: Record<string, string>; kind: "picture" | "organization" | "initials" };
  availability?: { state: "here" | "away" | "back_at"; at?: string };
  local_time?: string;
  kind: "person" | "digital_employee";
  updated_at?: string;
}

/** The words of a card in one language; names in braces are filled in. */
export interface CardWords {
  label: string;
  ai: string;
  here: string;
  away: string;
  back_at: string;
  local_time: string;
  more: string;
  less: string;
  changed: string;
  gone: string;
  loading: string;
}
