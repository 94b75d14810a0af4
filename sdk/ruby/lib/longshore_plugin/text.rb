# frozen_string_literal: true

module LongshorePlugin
  # Texts that JSON can hold, whatever an exporter logs or raises.
  module Text
    # A message longer than this is cut, in characters: a line of the protocol is held in memory by the host.
    LONGEST = 16_384

    # Most places of a backtrace that are told, and most characters of each.
    MOST_PLACES = 200
    LONGEST_PLACE = 1024

    def self.of(value)
      text = value.is_a?(String) ? value : value.inspect
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text = text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub("\u{fffd}")
      text.length > LONGEST ? "#{text[0, LONGEST]}… (cut)" : text
    end

    # Without what newer Rubies add for a terminal: the line of code, and what may have been meant.
    def self.of_exception(exception)
      message = exception.respond_to?(:original_message) ? exception.original_message : exception.message
      of("#{message} (#{exception.class})")
    end

    # The places of a backtrace, the innermost first. Of one as long as a stack that overflowed the middle is left out,
    # in which the same places come again and again: a line of the protocol would not hold it.
    def self.of_backtrace(places)
      places = (places || []).map(&:to_s)
      return places.map { |place| of(place)[0, LONGEST_PLACE] } if places.length <= MOST_PLACES

      half = MOST_PLACES / 2
      left_out = "… #{places.length - 2 * half} more …"
      of_backtrace(places.first(half)) + [left_out] + of_backtrace(places.last(half))
    end

    # `SomeExport` for `some_export`, as Zeitwerk has it without rules of one's own.
    def self.camelize(name)
      name.split("_").map(&:capitalize).join
    end
  end
end
