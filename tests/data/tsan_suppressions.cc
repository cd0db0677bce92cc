// OpenCV loads GDAL, which takes two mutexes of its own in either order while
// it starts up, on one thread.
extern "C" const char* __tsan_default_suppressions() {
  return "deadlock:libgdal";
}
