-- A JSON object with its keys in order: equal parameters are equal texts.
alter table runs add column parameters text not null default '{}';

-- What the task left for those after it: the name of a type, and JSON of that type.
alter table steps add column output_type text;
alter table steps add column output text;

-- A word that distinguishes one failure from another, where the task gives one.
alter table steps add column error_class text;
