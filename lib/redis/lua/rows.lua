#!lua flags=no-writes
-- Some jobs of a queue as a list shows them.
-- KEYS  1 the queue's prefix
-- ARGV  ids
-- Returns {now, rows (16 values each, see row.lua; false for one that is gone)}
--@include base
--@include over
--@include row
local rows = {}
for i, id in ipairs(ARGV) do rows[i] = is_there(id) and row(id, '0') end
return { clock(), rows }
