#!lua flags=no-writes
-- A piece of one field of a job's record.
-- KEYS  1 the queue's prefix
-- ARGV  1 id  2 field  3 bytes to pass over  4 bytes at most
-- Returns nothing where there is no such field, else {text, offset of the next piece or -1, bytes of the whole}
--@include base
local text = read(ARGV[1], ARGV[2])[1]
if not text then return nil end

-- The first byte of a letter at or before this place.
local function letter(at)
  local place = at
  for _ = 1, 3 do
    local byte = string.byte(text, place + 1)
    if not byte or byte < 0x80 or byte >= 0xC0 then return place end
    place = place - 1
  end
  return at
end

local first = letter(math.min(tonumber(ARGV[3]), #text))
local last = math.min(#text, first + ARGV[4])
if last < #text then last = letter(last) end
return { string.sub(text, first + 1, last), last < #text and last or -1, #text }
