-- Since when a mail server refuses mails to the address for good, and why.
ALTER TABLE emails ADD COLUMN bounced_at TIMESTAMPTZ;
ALTER TABLE emails ADD COLUMN bounce TEXT NOT NULL DEFAULT '';
