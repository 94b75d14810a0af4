# frozen_string_literal: true

module LongshorePlugin
  # A logger as Ruby's own, whose lines go into the export's log.
  #
  # `debug` is not sent unless an exporter lowers the level: a line for each record is a page of log for each page of data.
  class Log
    LEVELS = %i[debug info warn error fatal unknown].freeze

    class << self
      # Where lines go before there is a host, and in an author's specs: to the error output.
      def current
        @current ||= new { |level, message| warn("#{level}: #{message}") }
      end

      attr_writer :current
    end

    attr_reader :level
    attr_accessor :progname, :formatter, :datetime_format

    # The block gets the level's name and the message.
    def initialize(&receiver)
      @receiver = receiver
      @level = 1
    end

    # A number from 0 (debug) on, or a name.
    def level=(level)
      @level = level.is_a?(Integer) ? level : LEVELS.index(level.to_s.downcase.to_sym)
      raise ArgumentError, "invalid log level: #{level}" unless @level
    end

    LEVELS.each_with_index do |name, number|
      define_method(name) { |message = nil, &block| add(number, block ? nil : message, block && message, &block) }
      define_method("#{name}?") { @level <= number }
      define_method("#{name}!") { @level = number }
    end

    def add(number, message = nil, progname = nil)
      return true if (number || LEVELS.length - 1) < @level

      message = yield if message.nil? && block_given?
      message = progname if message.nil?
      # As Ruby's logger has it: with a block, the argument says whose message it is.
      message = "#{told(progname)}: #{told(message)}" if progname && !progname.equal?(message)
      @receiver.call(LEVELS[number || -1].to_s, told(message))
      true
    end
    alias log add

    def <<(message)
      add(1, message.to_s.chomp)
      self
    end

    def close = nil
    def reopen(*) = self

    private

    def told(message)
      return Text.of(message) unless message.is_a?(Exception)

      Text.of([Text.of_exception(message), *Text.of_backtrace(message.backtrace)].join("\n"))
    end
  end
end
