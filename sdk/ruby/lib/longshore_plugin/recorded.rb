# frozen_string_literal: true

module LongshorePlugin
  # Something with a record: what a guide calls `entry.record.name`, others call `entry.entry.name` or `entry.name`.
  module Recorded
    attr_reader :record

    def id = @record.id

    def [](name) = @record[name]

    def to_h(&block) = @record.to_h(&block)

    def as_json(*) = to_h

    def to_json(*state) = @record.to_json(*state)

    def ==(other)
      other.class == self.class && other.record == @record
    end
    alias eql? ==

    def hash = @record.hash

    def inspect
      "#<#{self.class.name} #{@record.inspect}>"
    end

    # The record's fields. What it does not have is a mistake here, and is nil in the record alone.
    def method_missing(name, *arguments)
      arguments.empty? && @record.respond_to?(name) ? @record.public_send(name) : super
    end

    def respond_to_missing?(name, include_private = false)
      (@record && @record.respond_to?(name)) || super
    end
  end
end
